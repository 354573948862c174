#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The example in its short form: 50 agents through kills and freezes of agents and broker, every value certified and equal
to cef trace. The example itself asserts that and exits otherwise."""
import os
import re
import subprocess
import sys
import unittest

import meters_broker

SCRIPT = os.path.join(os.environ["LIBCEF_SOURCE_DIR"], "examples", "meters_broker", "meters_broker.py")


@unittest.skipUnless(meters_broker.find_broker(), "no mosquitto on this machine")
class Example(unittest.TestCase):
    def test_fifty_agents(self):
        done = subprocess.run([sys.executable, SCRIPT, "--short"], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertRegex(done.stdout, r"the broker is killed")
        worst = re.search(r"every value certified: 400 buses equal cef trace, worst difference (\S+) tCO2/MWh", done.stdout)
        self.assertLess(float(worst.group(1)), 1e-9)


if __name__ == "__main__":
    unittest.main(verbosity=2)
