# SPDX-License-Identifier: Apache-2.0
"""The binding's view of every struct, constant and function against the C compiler's, the headers' and the library's."""

import ctypes
import os
import re
import subprocess
import tempfile
import unittest

import libcef
from libcef import _abi, _load, errors, flow, network, solver
from support import HEADER_DIR, compile_c

HEADERS = sorted(HEADER_DIR.glob("cef/*.h"))
PROTOTYPE = re.compile(r"CEF_API\s+(?:CEF_MUST_CHECK\s+)?([^;(]+?)\b(cef_\w+)\(([^;]*)\);")
STRUCT = re.compile(r"typedef struct (cef_\w+) \{(.*?)\} \1;", re.DOTALL)
ENUMERATOR = re.compile(r"\b(CEF_[A-Z_]+) = (-?\d+)")

SCALARS = {
    "void": None,
    "int8_t": ctypes.c_int8,
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "uint8_t": ctypes.c_uint8,
    "cef_meter_verdict": ctypes.c_int32,
    "cef_status": ctypes.c_int32,
    "cef_index": ctypes.c_int32,
    "cef_element": ctypes.c_int32,
    "size_t": ctypes.c_size_t,
    "double": ctypes.c_double,
}


def header_text():
    text = "\n".join(path.read_text(encoding="utf-8") for path in HEADERS)
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    return re.sub(r"^#.*$", "", text, flags=re.MULTILINE)


def prototypes():
    """{name: (result text, [argument text])} of every exported function."""
    found = {}
    for result, name, arguments in PROTOTYPE.findall(header_text()):
        arguments = [] if arguments.strip() == "void" else [" ".join(a.split()) for a in arguments.split(",")]
        found[name] = (" ".join(result.split()), arguments)
    return found


def structs():
    """{name: [field]} in the headers' order."""
    found = {}
    for name, body in STRUCT.findall(header_text()):
        declarations = re.sub(r"\(\*(\w+)\)\([^)]*\)", r"\1", body)  # function pointers
        fields = []
        for declaration in filter(str.strip, declarations.split(";")):
            first, *others = declaration.split(",")
            fields += [re.search(r"(\w+)(\[\d+\])?\s*$", part).group(1) for part in [first, *others]]
        found[name] = fields
    return found


def ctypes_of(text):
    """The ctypes types that may stand for a C type; text loses the parameter's name first."""
    text = re.sub(r"\bconst\b", "", text).strip()
    match = re.match(r"(\w+)\s*(\**)\s*\w*$", text)
    base, stars = match.group(1), len(match.group(2))
    if base == "char":
        return {ctypes.c_char_p, ctypes.POINTER(ctypes.c_char)}
    if (base, stars) == ("void", 1):
        return {ctypes.c_void_p}
    kind = SCALARS[base] if base in SCALARS else getattr(_abi, base)
    for _ in range(stars):
        kind = ctypes.POINTER(kind)
    return {kind}


class Layouts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.structs = structs()
        lines = [f'printf("{name} %zu %zu\\n", sizeof({name}), _Alignof({name}));' for name in cls.structs]
        for name, fields in cls.structs.items():
            for field in fields:
                size = f"sizeof((({name} *) 0)->{field})"
                lines.append(f'printf("{name}.{field} %zu %zu\\n", offsetof({name}, {field}), {size});')
        constants = dict(ENUMERATOR.findall(header_text()))
        lines += [f'printf("{name} %d 0\\n", {name});' for name in constants]
        lines.append('printf("CEF_ABI_VERSION %d 0\\n", CEF_ABI_VERSION);')
        source = "#include <stdio.h>\n#include <cef/cef.h>\n#include <cef/case.h>\nint main(void) {%s return 0; }"
        with tempfile.TemporaryDirectory() as folder:
            program = os.path.join(folder, "layouts")
            compile_c(source % "\n".join(lines), program)
            output = subprocess.run([program], capture_output=True, text=True, check=True).stdout
        cls.measured = {line.split()[0]: tuple(map(int, line.split()[1:])) for line in output.splitlines()}

    def test_every_struct_of_the_headers_is_mirrored(self):
        self.assertGreaterEqual(len(self.structs), 12)
        for name in self.structs:
            self.assertTrue(hasattr(_abi, name), name)

    def test_sizes(self):
        for name in self.structs:
            mirror = getattr(_abi, name)
            self.assertEqual((ctypes.sizeof(mirror), ctypes.alignment(mirror)), self.measured[name], name)

    def test_fields_offsets_and_widths(self):
        for name, fields in self.structs.items():
            mirror = getattr(_abi, name)
            self.assertEqual([field[0] for field in mirror._fields_], fields, name)
            for field in fields:
                member = getattr(mirror, field)
                self.assertEqual((member.offset, member.size), self.measured[f"{name}.{field}"], f"{name}.{field}")

    def test_no_hidden_padding(self):
        for name in self.structs:
            mirror = getattr(_abi, name)
            self.assertEqual(sum(getattr(mirror, field[0]).size for field in mirror._fields_), ctypes.sizeof(mirror), name)

    def test_sized_structs_know_their_size(self):
        sized = [name for name, fields in self.structs.items() if fields[0] == "struct_size"]
        self.assertGreaterEqual(len(sized), 11)
        for name in sized:
            mirror = getattr(_abi, name)()
            self.assertEqual(mirror.struct_size, ctypes.sizeof(mirror), name)

    def test_abi_version(self):
        self.assertEqual(self.measured["CEF_ABI_VERSION"][0], _abi.ABI_VERSION)

    def test_statuses_and_their_exceptions(self):
        statuses = {name: value[0] for name, value in self.measured.items() if name.startswith("CEF_ERR_")}
        self.assertGreaterEqual(len(statuses), 15)
        for name, number in statuses.items():
            self.assertEqual(getattr(_abi, name[4:]), number, name)
            self.assertIn(number, errors.CLASSES, name)
        self.assertEqual(set(errors.CLASSES), set(statuses.values()))

    def test_choices_of_settings(self):
        prefixes = {
            "loss_policy": "CEF_LOSS_",
            "mixing": "CEF_MIXING_",
            "on_imbalance": "CEF_IMBALANCE_",
            "on_unfed_loop": "CEF_UNFED_",
            "negative_loss": "CEF_NEGATIVE_LOSS_",
        }
        for setting, prefix in prefixes.items():
            enumerators = {n[len(prefix):].lower(): v[0] for n, v in self.measured.items() if n.startswith(prefix)}
            self.assertEqual(solver._CHOICES[setting], enumerators)

    def test_flags_kinds_and_elements(self):
        flags = {n[8:]: v[0] for n, v in self.measured.items()
                 if n.startswith("CEF_BUS_") and not n.startswith("CEF_BUS_TYPE_")}
        self.assertEqual({flag.name: flag.value for flag in libcef.BusFlag}, flags)
        kinds = {n[9:]: v[0] for n, v in self.measured.items() if n.startswith("CEF_LOAD_")}
        self.assertEqual({kind.name: kind.value for kind in libcef.LoadKind}, kinds)
        for element in ("BUS", "BRANCH", "GEN", "LOAD", "STORAGE", "METER"):
            self.assertEqual(getattr(_abi, element), self.measured[f"CEF_{element}"][0])
            self.assertEqual(errors._ELEMENTS[getattr(_abi, element)], element.lower())

    def test_result_and_snapshot_have_the_columns_of_the_header(self):
        self.assertEqual(list(solver.OUTPUTS), self.structs["cef_solution"][1:])
        self.assertEqual(list(solver.SNAPSHOT_ARRAYS), self.structs["cef_snapshot"][1:])
        self.assertEqual(set(solver.SETTINGS), set(self.structs["cef_settings"][1:]))
        certificate = {field.name for field in solver.fields(libcef.Certificate)}
        self.assertEqual(certificate, set(self.structs["cef_solve_info"]) - {"struct_size", "reserved"})


class Functions(unittest.TestCase):
    def setUp(self):
        self.prototypes = prototypes()
        self.declared = {**_abi.CORE_FUNCTIONS, **_abi.IO_FUNCTIONS}

    def test_every_prototype_is_declared(self):
        self.assertGreaterEqual(len(self.prototypes), 35)
        self.assertEqual(set(self.prototypes), set(self.declared))

    def test_each_stands_in_the_module_of_its_header(self):
        for header in HEADERS:
            if header.stem != "cef":  # all of them at once
                found = set(re.findall(r"^CEF_API[^;(]*?\b(cef_\w+)\(", header.read_text(encoding="utf-8"), re.MULTILINE))
                self.assertEqual(set(getattr(_abi, header.stem).FUNCTIONS), found, header.name)

    def test_every_signature(self):
        for name, (result, arguments) in self.prototypes.items():
            declared_result, declared_arguments = self.declared[name]
            self.assertEqual(len(declared_arguments), len(arguments), name)
            self.assertIn(declared_result, ctypes_of(result), name)
            for text, declared in zip(arguments, declared_arguments):
                self.assertIn(declared, ctypes_of(text), f"{name}: {text}")

    def test_every_exported_function_is_declared(self):
        for library, functions in ((_load.core, _abi.CORE_FUNCTIONS), (_load.io, _abi.IO_FUNCTIONS)):
            command = ["nm", "-D", "--defined-only", library._name]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            exported = {line.split()[-1].split("@")[0] for line in output.splitlines() if " T " in line}
            self.assertEqual(exported, set(functions), library._name)

    def test_the_loaded_functions_carry_their_types(self):
        for library, functions in ((_load.core, _abi.CORE_FUNCTIONS), (_load.io, _abi.IO_FUNCTIONS)):
            for name, (result, arguments) in functions.items():
                self.assertEqual(list(getattr(library, name).argtypes), arguments, name)
                self.assertIs(getattr(library, name).restype, result, name)

    def test_a_wrong_handle_is_a_type_error(self):
        grid = libcef.from_arrays(n_bus=1)
        with grid._use() as network_p:
            for function in (_load.core.cef_solver_destroy, _load.core.cef_context_destroy, _load.io.cef_case_destroy):
                with self.assertRaises(ctypes.ArgumentError):
                    function(network_p)
            with self.assertRaises(ctypes.ArgumentError):
                _load.core.cef_network_describe(int(ctypes.cast(network_p, ctypes.c_void_p).value), None, None)

    def test_destroy_takes_null(self):
        for library, functions in ((_load.core, _abi.CORE_FUNCTIONS), (_load.io, _abi.IO_FUNCTIONS)):
            for name in functions:
                if name.endswith("_destroy"):
                    getattr(library, name)(None)

    def test_number_text(self):
        buffer = ctypes.create_string_buffer(32)
        self.assertEqual(_load.core.cef_number_format(0.1, buffer, 32), 3)
        self.assertEqual(buffer.value, b"0.1")
        value = ctypes.c_double()
        self.assertEqual(_load.core.cef_number_parse(buffer, 3, ctypes.byref(value)), _abi.OK)
        self.assertEqual(value.value, 0.1)

    def test_package_version_is_the_librarys(self):
        self.assertEqual(libcef.__version__, _load.core.cef_version_string().decode())
        pyproject = (HEADER_DIR.parent / "bindings" / "python" / "pyproject.toml").read_text(encoding="utf-8")
        self.assertIn(f'version = "{libcef.__version__}"', pyproject)

    def test_power_flow_has_the_columns_and_choices_of_the_header(self):
        fields = {field.name for field in solver.fields(libcef.PowerFlow)}
        self.assertEqual(fields - {"method", "base_mva", "info"}, set(structs()["cef_powerflow_solution"][1:]))
        info = {field.name for field in solver.fields(libcef.PowerFlowInfo)}
        self.assertEqual(info, set(structs()["cef_powerflow_info"][1:]))
        values = dict(ENUMERATOR.findall(header_text()))
        self.assertEqual(flow._METHODS, {"ac": int(values["CEF_POWERFLOW_AC"]), "dc": int(values["CEF_POWERFLOW_DC"])})
        starts = {n[10:].lower(): int(v) for n, v in values.items() if n.startswith("CEF_START_")}
        self.assertEqual(flow._STARTS, starts)

    def test_tables_of_the_network(self):
        self.assertEqual(set(network._COLUMNS), set(structs()["cef_network_data"][1:9]))


if __name__ == "__main__":
    unittest.main()
