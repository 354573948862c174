# SPDX-License-Identifier: Apache-2.0
"""Which library is loaded, and what is said when it is not the right one. Each import runs in a process of its own."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from libcef import _load
from support import BINDING_DIR, compile_c

LIBRARY_DIR = Path(_load.core._name).resolve().parent


def import_with(library_dir, code="import libcef", package_parent=BINDING_DIR):
    environment = dict(os.environ, PYTHONPATH=str(package_parent))
    environment.pop("LIBCEF_LIBRARY_DIR", None)
    if library_dir is not None:
        environment["LIBCEF_LIBRARY_DIR"] = str(library_dir)
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)


class Load(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = Path(self._folder.name)

    def fake(self, source):
        compile_c(source, self.folder / "libcef.so.0", "-shared", "-fPIC")
        return import_with(self.folder)

    def test_the_stated_folder_is_used(self):
        for name in ("libcef.so.0", "libcef_io.so.0"):
            shutil.copy(LIBRARY_DIR / name, self.folder / name)
        code = "import libcef; from libcef import _load; print(_load.core._name); print(_load.io._name)"
        done = import_with(self.folder, code)
        self.assertEqual(done.returncode, 0, done.stderr)
        folder = self.folder.resolve()
        self.assertEqual(done.stdout.split(), [str(folder / "libcef.so.0"), str(folder / "libcef_io.so.0")])

    def test_the_package_folder_comes_before_the_system(self):
        package = self.folder / "libcef"
        shutil.copytree(BINDING_DIR / "libcef", package, ignore=shutil.ignore_patterns("__pycache__"))
        (package / "lib").mkdir()
        for name in ("libcef.so.0", "libcef_io.so.0"):
            shutil.copy(LIBRARY_DIR / name, package / "lib" / name)
        code = "from libcef import _load; print(_load.core._name)"
        done = import_with(None, code, package_parent=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.strip(), str((package / "lib" / "libcef.so.0").resolve()))

    def test_another_abi_is_refused(self):
        done = self.fake("int cef_abi_version(void) { return 7; }")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("LoadError", done.stderr)
        self.assertIn("has ABI 7, this package needs 0", done.stderr)

    def test_another_library_of_the_same_name_is_refused(self):
        done = self.fake("int cef_api_hash(void) { return 0; }")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("is not libcef: it has no cef_abi_version", done.stderr)

    def test_a_library_that_lacks_a_function_is_refused(self):
        done = self.fake("int cef_abi_version(void) { return 0; }")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("lacks a function", done.stderr)

    def test_a_file_that_is_no_library_is_refused(self):
        (self.folder / "libcef.so.0").write_text("not an ELF file", encoding="utf-8")
        done = import_with(self.folder)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("LoadError: cannot load libcef.so.0", done.stderr)

    def test_a_stated_folder_without_it_is_an_error_and_not_passed_over(self):
        done = import_with(self.folder)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("LIBCEF_LIBRARY_DIR is", done.stderr)

    def test_load_error_is_an_import_error(self):
        self.assertTrue(issubclass(_load.LoadError, ImportError))


if __name__ == "__main__":
    unittest.main()
