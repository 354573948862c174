/* SPDX-License-Identifier: Apache-2.0 */
/* Every diagnostic libcef can raise: one table makes the enumerators, the stable codes and the texts of cef_explain, so
 * they cannot drift. Append at the end of a group; a published code is never renamed or reused. */
#ifndef CEF_BASE_DIAGNOSTICS_H
#define CEF_BASE_DIAGNOSTICS_H

/* X(enumerator, "code", status, "what it means and what to do") */
#define CEF_DIAGNOSTICS(X)                                                                                             \
    /* ---- calls ---- */                                                                                              \
    X(DIAG_NULL_ARGUMENT, "null-argument", CEF_ERR_ARGUMENT,                                                           \
      "A required pointer is NULL. Pass the array or struct that the header names.")                                   \
    X(DIAG_BAD_ARGUMENT, "bad-argument", CEF_ERR_ARGUMENT,                                                             \
      "An argument or setting is outside its stated range. The message names it, its value and the range.")            \
    X(DIAG_STRUCT_SIZE, "struct-size", CEF_ERR_STRUCT_SIZE,                                                            \
      "struct_size is unset or too small, or the struct is from a newer header and its unknown part is not zero. "     \
      "Set struct_size = sizeof the struct; rebuild against the installed header, or update the library.")             \
    X(DIAG_MEMORY, "memory", CEF_ERR_MEMORY,                                                                           \
      "An allocation failed. The message says how many bytes were asked for. Nothing was changed.")                    \
    X(DIAG_TOO_LARGE, "too-large", CEF_ERR_OVERFLOW,                                                                   \
      "A count or size does not fit libcef's 32-bit positions or this machine's memory sizes. Split the data.")        \
    X(DIAG_UNSUPPORTED, "unsupported", CEF_ERR_UNSUPPORTED,                                                            \
      "The request is valid but this version or build of libcef cannot do it yet. The message says what is missing "   \
      "and what works instead.")                                                                                       \
    X(DIAG_INTERNAL, "internal", CEF_ERR_INTERNAL, "A bug in libcef. Please report it with the input that shows it.")  \
    /* ---- network ---- */                                                                                            \
    X(DIAG_EMPTY_NETWORK, "empty-network", CEF_ERR_NETWORK, "The network has no bus. At least one is needed.")         \
    X(DIAG_UNKNOWN_BUS, "unknown-bus", CEF_ERR_NETWORK,                                                                \
      "A branch, generator, load or store names a bus that is not in the bus table. Correct the bus, or add it.")      \
    X(DIAG_DUPLICATE_ID, "duplicate-id", CEF_ERR_NETWORK,                                                              \
      "Two rows of one table have the same id. Ids must be unique within a table.")                                    \
    X(DIAG_BAD_KIND, "bad-kind", CEF_ERR_NETWORK, "A kind or type is none of the values that the field can take.")     \
    /* ---- snapshot ---- */                                                                                           \
    X(DIAG_NOT_FINITE, "not-finite", CEF_ERR_SNAPSHOT,                                                                 \
      "A power or intensity is NaN or infinite. NaN is a result (undefined), never valid input.")                      \
    X(DIAG_OUT_OF_RANGE, "out-of-range", CEF_ERR_SNAPSHOT,                                                             \
      "A number is finite but cannot be meant: a power above 1e12 or below 1e-100 MW, an intensity above 1e6 or "      \
      "below 1e-100 "                                                                                                  \
      "tCO2/MWh, an "                                                                                                  \
      "efficiency outside (0, 1]. Check the unit of the column: libcef works in MW and tCO2/MWh.")                     \
    X(DIAG_IMBALANCE, "imbalance", CEF_ERR_BALANCE,                                                                    \
      "In strict mode, a bus misses its power balance by more than the tolerance. Solve the power flow again, raise "  \
      "--balance-tol, or drop --strict to have imbalance reported and accounted as mismatch.")                         \
    X(DIAG_BOTH_ENDS_DELIVER, "both-ends-deliver", CEF_ERR_BALANCE,                                                    \
      "In strict mode, a branch delivers power at both ends. Its measurements contradict each other.")                 \
    X(DIAG_MISMATCH_NEEDED, "mismatch-needed", CEF_ERR_BALANCE,                                                        \
      "Under consumer or split losses, a bus in a loop of flow sends more than it receives, so its loop has no valid " \
      "solution. Give --mismatch-intensity (setting on_imbalance = CEF_IMBALANCE_ADD_UNIT) to supply the deficit; "    \
      "where a branch "                                                                                                \
      "of the loop delivers more than it takes, --negative-loss source also serves.")                                  \
    X(DIAG_UNFED_LOOP, "unfed-loop", CEF_ERR_SINGULAR,                                                                 \
      "Power circulates among these buses and no generation reaches them (consumer, split: no load is reached from "   \
      "them), so their intensity is not determined. Correct the flows, raise --flow-tol above the circulating power, " \
      "net parallel circuits (--net-parallel), or use --unfed-loop mark to leave these buses undefined.")              \
    X(DIAG_NOT_CERTIFIED, "not-certified", CEF_ERR_CERTIFICATE,                                                        \
      "The result was computed but its certificate does not reach the promised accuracy. The message names the worst " \
      "figure. Do not publish these numbers. Of cef meters every value has a bound that holds even so, and more "      \
      "rounds (--max-rounds) make it narrower.")                                                                       \
    /* ---- power flow ---- */                                                                                         \
    X(DIAG_ZERO_IMPEDANCE, "zero-impedance", CEF_ERR_NETWORK,                                                          \
      "A branch in service has r = x = 0 (DC: x = 0), so its power does not follow from voltages. Merge its two "      \
      "buses, or give it a small reactance such as 1e-5 per unit.")                                                    \
    X(DIAG_SINGULAR_GRID, "singular-grid", CEF_ERR_SINGULAR,                                                           \
      "The equations of the power flow have no unique solution: reactances cancel, as where a series capacitor "       \
      "compensates all of a line. Check branch reactances of both signs near the bus that the message names.")         \
    X(DIAG_DIVERGED, "diverged", CEF_ERR_DIVERGED,                                                                     \
      "The AC power flow did not converge from any start that was tried. The message names the bus that misses most, " \
      "the iterations and the mismatch. Check loads, voltage set points and outages near that bus (the grid may not "  \
      "be able to carry this load), or use --powerflow dc.")                                                           \
    /* ---- factors and flows ---- */                                                                                  \
    X(DIAG_MISSING_FACTOR, "missing-factor", CEF_ERR_FACTOR,                                                           \
      "A unit that runs has no emission factor. Give --factors, --fuel-factors ipcc2006 (for cases that name fuels), " \
      "an intensity in the case, or --missing-factor VALUE or zero.")                                                  \
    X(DIAG_FACTOR_BUS, "factor-bus", CEF_ERR_FACTOR,                                                                   \
      "A row of the factors file names a bus that is not the generator's bus. Generator rows may have been "           \
      "renumbered.")                                                                                                   \
    X(DIAG_FACTOR_UNKNOWN_GEN, "unknown-gen", CEF_ERR_FACTOR,                                                          \
      "A row of the factors file names a generator that the case does not have.")                                      \
    X(DIAG_UNSOLVED, "unsolved", CEF_ERR_UNSOLVED,                                                                     \
      "The case holds no usable power flow: branch powers are missing, or buses miss their balance. cef trace "        \
      "solves it (--powerflow auto or ac) if its branches state r, x, b, tap and shift; in C, cef_case_powerflow and " \
      "cef_powerflow_solve do. Else solve it with a power flow program and store the branch powers.")                  \
    /* ---- files ---- */                                                                                              \
    X(DIAG_OPEN, "cannot-open", CEF_ERR_IO,                                                                            \
      "The file or folder cannot be opened. The message gives the system's reason.")                                   \
    X(DIAG_READ, "cannot-read", CEF_ERR_IO, "Reading failed part-way. The message gives the system's reason.")         \
    X(DIAG_WRITE, "cannot-write", CEF_ERR_IO,                                                                          \
      "Writing, flushing or renaming failed, for instance on a full disk. The target was left as it was.")             \
    X(DIAG_UNKNOWN_FORMAT, "unknown-format", CEF_ERR_PARSE,                                                            \
      "The file's ending is none of .m, .yaml, .yml, and it is not a folder of CSV files.")                            \
    X(DIAG_SYNTAX, "syntax", CEF_ERR_PARSE,                                                                            \
      "The text is not what the format allows here. The message says what was expected.")                              \
    X(DIAG_BAD_NUMBER, "bad-number", CEF_ERR_PARSE, "A field that must be a finite decimal number is not one.")        \
    X(DIAG_BAD_ID, "bad-id", CEF_ERR_PARSE, "An id must be 1-63 bytes of UTF-8 without control characters.")           \
    X(DIAG_BAD_ENCODING, "bad-encoding", CEF_ERR_PARSE, "The text is not valid UTF-8, or holds control characters.")   \
    X(DIAG_MISSING_FIELD, "missing-field", CEF_ERR_PARSE, "A required key, column, matrix or file is absent.")         \
    X(DIAG_UNKNOWN_FIELD, "unknown-field", CEF_ERR_PARSE,                                                              \
      "A key or column is not part of the format. Check its spelling; libcef ignores nothing silently.")               \
    X(DIAG_DUPLICATE_FIELD, "duplicate-field", CEF_ERR_PARSE, "A key, column or matrix is given twice.")               \
    X(DIAG_ROW_LENGTH, "row-length", CEF_ERR_PARSE, "A row has fewer or more fields than its table.")                  \
    X(DIAG_TOO_DEEP, "too-deep", CEF_ERR_PARSE, "The file nests deeper than the format ever needs.")                   \
    X(DIAG_TOO_BIG, "file-too-big", CEF_ERR_PARSE, "The file, or a table of it, is larger than the reader's bound.")   \
    X(DIAG_YAML_FEATURE, "yaml-feature", CEF_ERR_PARSE,                                                                \
      "Anchors, aliases, tags and second documents are not part of libcef's YAML.")                                    \
    X(DIAG_VERSION, "format-version", CEF_ERR_PARSE,                                                                   \
      "The file states a format version that this libcef does not read.")                                              \
    X(DIAG_EVALUATED, "not-data", CEF_ERR_PARSE,                                                                       \
      "A MATPOWER file is read as data and never evaluated: only `mpc.name = number`, text, [..] or {..} are "         \
      "allowed.")                                                                                                      \
    X(DIAG_MISPLACED_FIELD, "misplaced-field", CEF_ERR_PARSE,                                                          \
      "A key or column is stated where it has no meaning, such as an intensity on a load that consumes. Leave it "     \
      "out.")                                                                                                          \
    X(DIAG_FILE_CHANGED, "file-changed", CEF_ERR_IO,                                                                   \
      "A profile was cut short or written while it was read, so the results would be of two inputs. Wait until it is " \
      "complete, then run the command again; with --overwrite if blocks of the old file were finished.")               \
    /* ---- cef series ---- */                                                                                         \
    X(DIAG_SERIES_CHANGED, "series-changed", CEF_ERR_PARSE,                                                            \
      "The output folder holds results of another case, other profiles (size, time of change, shape, type), other "    \
      "settings or another version of libcef, so this run cannot go on there. Give another folder, or --overwrite to " \
      "start anew.")                                                                                                   \
    X(DIAG_SERIES_LOCKED, "series-locked", CEF_ERR_IO,                                                                 \
      "Another process works in the output folder. Wait for it to end. Slices (--rows) that run at the same time "     \
      "each "                                                                                                          \
      "have a folder of their own, and --merge puts them together.")                                                   \
    X(DIAG_SERIES_DAMAGED, "series-damaged", CEF_ERR_IO,                                                               \
      "A file of the output folder is missing, cut off or altered, so what the manifest calls finished is not there. " \
      "Give --overwrite to start anew.")                                                                               \
    X(DIAG_SERIES_SLICE, "series-slice", CEF_ERR_PARSE,                                                                \
      "Slices can be merged when each is finished, all are of the same inputs and settings, and their periods follow " \
      "one another from 0 to T without gap or overlap. The message names the folder at fault.")                        \
    /* ---- storage ---- */                                                                                            \
    X(DIAG_STORE_EMPTY, "store-empty", CEF_ERR_SNAPSHOT,                                                               \
      "A store delivers more energy than it held when the period began, less what leaks. Correct its power, its "      \
      "energy at "                                                                                                     \
      "the start or its efficiencies; where leakage within long periods is the reason, raise the setting substeps.")   \
    X(DIAG_STORE_FULL, "store-full", CEF_ERR_SNAPSHOT,                                                                 \
      "A store would hold more energy than its capacity at the end of the period. Correct its power, its energy at "   \
      "the "                                                                                                           \
      "start, its efficiency or its capacity.")                                                                        \
    X(DIAG_STORE_UNPRICED, "store-unpriced", CEF_ERR_SNAPSHOT,                                                         \
      "A store draws power at a bus whose intensity is undefined (NaN), so the carbon it takes in is not known. No "   \
      "generation "                                                                                                    \
      "reaches that bus: correct the flows, or the store's power.")                                                    \
    X(DIAG_STORE_UNKNOWN, "store-unknown", CEF_ERR_SNAPSHOT,                                                           \
      "A store discharges, but what it holds is not known: it charged, or broke its limits, in an earlier period "     \
      "that could not be solved. Correct that period. The store is known again once it has run empty; or state what "  \
      "it holds and start there.")                                                                                     \
    /* ---- the command ---- */                                                                                        \
    X(DIAG_USAGE, "usage", CEF_ERR_ARGUMENT, "The command line is wrong. `cef VERB --help` lists what VERB takes.")    \
    /* ---- meters over a broker (bindings/mqtt) ---- */                                                               \
    X(DIAG_BAD_BROKER, "bad-broker", CEF_ERR_ARGUMENT,                                                                 \
      "The broker's address cannot be read. Give mqtt://HOST:PORT, such as mqtt://127.0.0.1:1883.")                    \
    X(DIAG_REMOTE_BROKER, "remote-broker", CEF_ERR_ARGUMENT,                                                           \
      "The broker is not on this machine, or transport security was asked for, which is not built yet. Without it, "   \
      "whoever is on the way could read and change what meters say: use a broker on localhost, 127.0.0.0/8 or [::1].") \
    X(DIAG_NO_BROKER, "no-broker", CEF_ERR_IO,                                                                         \
      "No MQTT 5 broker answered at the address within the time given. Start one (Debian: package mosquitto), or "     \
      "correct --broker.")                                                                                             \
    X(DIAG_AGENT_TWICE, "agent-twice", CEF_ERR_IO,                                                                     \
      "The broker knows a later start of this agent, or another connection took its place. Either two processes run "  \
      "under one number: stop one; or the state file that counts the starts was lost: restore it, or use another "     \
      "interval, because neighbours refuse what an earlier start says.")                                               \
    X(DIAG_SETTINGS_DIFFER, "settings-differ", CEF_ERR_PARSE,                                                          \
      "Neighbour agents run with another case, factors, trace options, roster or --relax, so they compute something "  \
      "else, and nothing they say is taken. Give all agents of an epoch the same; the settings of each are in its "    \
      "status and first line. If this one is right, stop the others, or use another --epoch.")                         \
    X(DIAG_EPOCHS_DIFFER, "epochs-differ", CEF_ERR_PARSE,                                                              \
      "A neighbour agent announced itself for the same interval in another epoch only, and agents of different "       \
      "epochs never meet. Without --epoch, the epoch is drawn from the case file: give both agents the same file, to " \
      "the byte, or both the same --epoch. If they are two runs that share a broker, give each its own --prefix.")

typedef enum {
    DIAG_NONE = 0,
#define CEF_DIAG_ENUM(name, code, status, text) name,
    CEF_DIAGNOSTICS(CEF_DIAG_ENUM)
#undef CEF_DIAG_ENUM
        DIAG_COUNT
} cef_diag;

#endif /* CEF_BASE_DIAGNOSTICS_H */
