#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: expect_failure.py TEXT COMMAND... : passes iff the command fails and says TEXT."""
import subprocess
import sys

done = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
output = done.stdout.decode("utf-8", "replace")
print(output, f"exit status {done.returncode}", sep="\n")
sys.exit(0 if done.returncode != 0 and sys.argv[1] in output else 1)
