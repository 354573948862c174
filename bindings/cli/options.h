/* SPDX-License-Identifier: Apache-2.0 */
/* Every verb and every option, once: the parser, --help and the man pages are made of these two tables. */
#ifndef CEF_CLI_OPTIONS_H
#define CEF_CLI_OPTIONS_H

#include "cli.h"

/* X(enumerator, "name", least, most arguments, "arguments", "one line", "more") */
#define CLI_VERBS(X)                                                                                                   \
    X(TRACE, "trace", 1, 1, "CASE", "trace carbon from generators to every bus, branch and load",                      \
      "Computes the nodal carbon intensity of every bus by proportional sharing, loops of flow included, and the "     \
      "carbon on every branch, unit, load and store, with a certificate of the accuracy. The branch powers are those " \
      "of the case if they balance, else those of an AC power flow of it.")                                            \
    X(METERS, "meters", 1, 1, "CASE", "find intensities by meters that talk to their neighbours",                      \
      "Runs a carbon meter at every bus of the case. Each mixes what flows in and tells its neighbours, loops of "     \
      "flow find and solve themselves, and every value has a bound that its error never exceeds. Flows and factors "   \
      "are taken as by cef trace, and its intensities come out. Messages can be lost, delayed, repeated and "          \
      "overtaken (--loss-rate, --delay, --duplicate), meters can restart, stand still or start late (--restart, "      \
      "--frozen, --skew), readings can be missing or wrong (--missing, --lying): then rounds are more and bounds may " \
      "be wider, but none is ever too narrow. The exit code is 5 when a value is not certified within --max-rounds. "  \
      "Losses can be sending, generator or prorata; a meter does not see enough for the others. docs/meters.md says "  \
      "what is modelled and what is not.")                                                                             \
    X(POWERFLOW, "powerflow", 1, 1, "CASE", "solve the power flow of a case",                                          \
      "Newton's method in polar form (--ac, the default) or the linear DC model (--dc), from the case's r, x, b, tap " \
      "and shift: voltages, branch and generator powers. Loads draw constant power, taps are fixed; what is modelled " \
      "and what is not is said in docs/powerflow.md.")                                                                 \
    X(SERIES, "series", 1, 100000, "CASE | --merge SLICE..", "trace many periods: a day or a year of profiles",        \
      "Traces every period of --profiles as cef trace does and writes arrays [T][n] (.npy) and summary.json into the " \
      "folder of --output: energy-weighted means and sums of every bus, unit, load, zone and owner, totals, the "      \
      "worst "                                                                                                         \
      "certificate. Memory does not grow with T. Killed or interrupted (exit 130, 143), the same command goes on "     \
      "where "                                                                                                         \
      "it stopped, to the same bytes. A period that cannot be solved is marked in period_status, its rows are NaN, "   \
      "the "                                                                                                           \
      "others go on, and the exit code is 5. docs/series.md says more.")                                               \
    X(CHECK, "check", 1, 1, "CASE", "say what a case holds and whether it can be traced",                              \
      "Reads and validates the case and computes nothing: what it holds, whether its power flow is usable, the worst " \
      "bus, how many running units lack an emission factor under the factor options given. Exit 0 if `cef trace` "     \
      "with the same options has what it needs, 1 if not.")                                                            \
    X(CONVERT, "convert", 2, 2, "A B", "write case A in the format that B's ending names",                             \
      "B ends in .m or .yaml, or is a folder of CSV files (no ending). The target is replaced only when the new one "  \
      "is whole.")                                                                                                     \
    X(GENERATE, "generate", 0, 0, "", "write a seeded synthetic grid that balances by construction",                   \
      "Makes a grid with loops of flow, dead buses and fuels, for demonstrations, tests and measurements. It is not "  \
      "a model of any real grid. The same options give the same file on every machine.")                               \
    X(EXPLAIN, "explain", 0, 1, "[CODE]", "say more about a diagnostic code, or list them all",                        \
      "Every error names a code in brackets, such as error[unsolved]. This prints what it means and what to do.")      \
    X(HELP, "help", 0, 1, "[VERB]", "help on the command or a verb",                                                   \
      "The same text as --help. With --man, the manual page in troff.")

/* Commands of their own that share the options, parser and help of cef: the same X, but they are called cef-NAME. */
#define CLI_COMMANDS(X)                                                                                                \
    X(METERD, "meterd", 1, 1, "CASE --agent K (--agents N | --roster F.csv) --interval I --state FILE",                \
      "run the carbon meters of one feeder, over an MQTT broker",                                                      \
      "Runs the meters of one agent's buses for one interval, as cef meters does; what they say to other agents' "     \
      "meters travels through an MQTT 5 broker on this machine. Ends when every value is final and the neighbours "    \
      "hold it, with a JSON summary. All agents of an epoch must be given the same case, factors, options as for cef " \
      "trace, roster and --relax: an agent whose neighbours all run with others ends with settings-differ. "           \
      "docs/meters-mqtt.md says more.")

typedef enum {
#define CLI_VERB_ENUM(id, name, least, most, arguments, line, more) VERB_##id,
    CLI_VERBS(CLI_VERB_ENUM) VERB_COUNT, /* and what stands for cef itself */
    CLI_COMMANDS(CLI_VERB_ENUM)
#undef CLI_VERB_ENUM
        VERB_ALL
} cli_verb_id;

#define CLI_METER_VERBS (1u << VERB_METERS | 1u << VERB_METERD)
#define CLI_TRACE_VERBS (1u << VERB_TRACE | CLI_METER_VERBS | 1u << VERB_SERIES)
#define CLI_PROFILE_VERBS (1u << VERB_POWERFLOW | 1u << VERB_SERIES)
#define CLI_FACTOR_VERBS (CLI_TRACE_VERBS | 1u << VERB_CHECK)
#define CLI_SOLVE_VERBS (1u << VERB_TRACE | CLI_METER_VERBS | 1u << VERB_POWERFLOW)
#define CLI_REPORT_VERBS (1u << VERB_TRACE | 1u << VERB_METERS | 1u << VERB_CHECK | 1u << VERB_POWERFLOW)

/* What an option takes. WORD: one of the words of `takes`, separated by |; there an upper-case VALUE stands for any
 * number and word=A for a word with a number. */
typedef enum { TAKES_NOTHING, TAKES_WORD, TAKES_NUMBER, TAKES_NOT_NEGATIVE, TAKES_INTEGER, TAKES_TEXT } cli_takes;

/* X(enumerator, "name", kind, "takes", default or NULL, verbs, "help") */
#define CLI_OPTIONS(X)                                                                                                 \
    X(POWERFLOW, "powerflow", TAKES_WORD, "auto|given|ac|dc", "auto", 1u << VERB_TRACE | CLI_METER_VERBS,              \
      "Where branch powers come from. auto: the case's own if all are there and no bus misses its balance by more "    \
      "than --balance-tol and a thousandth of its throughput, else ac. given: the case's own, refused only if "        \
      "missing. ac and dc: a power flow of the case, whatever it states.")                                             \
    X(AC, "ac", TAKES_NOTHING, "", NULL, 1u << VERB_POWERFLOW, "Newton's method, the default.")                        \
    X(DC, "dc", TAKES_NOTHING, "", NULL, 1u << VERB_POWERFLOW, "The linear model without losses.")                     \
    X(START_FROM, "start-from", TAKES_WORD, "stored|flat|dc", "stored", CLI_SOLVE_VERBS,                               \
      "Where an AC power flow starts: the case's voltages, 1 per unit and one angle, or the angles of a DC solution. " \
      "If it diverges from there the others are tried.")                                                               \
    X(SLACK, "slack", TAKES_WORD, "reference|capacity|factors", "reference", CLI_SOLVE_VERBS,                          \
      "Who runs at what the schedule misses, losses included: the units of the reference bus in proportion to "        \
      "capacity, all running units in proportion to capacity, or in proportion to the case's participation factors "   \
      "(apf).")                                                                                                        \
    X(REACTIVE_LIMITS, "reactive-limits", TAKES_NOTHING, "", NULL, CLI_SOLVE_VERBS,                                    \
      "Units at qmin or qmax let go of their voltage. Without it voltages are held whatever it takes.")                \
    X(TOLERANCE, "tolerance", TAKES_NOT_NEGATIVE, "PU", "1e-8", CLI_SOLVE_VERBS,                                       \
      "The power flow has converged when no bus misses more, per unit of the base power.")                             \
    X(MAX_ITERATIONS, "max-iterations", TAKES_INTEGER, "N", "30", CLI_SOLVE_VERBS,                                     \
      "Newton steps from one start before it counts as diverged, 1 to 1000.")                                          \
    X(FACTORS, "factors", TAKES_TEXT, "F.csv", NULL, CLI_FACTOR_VERBS,                                                 \
      "Intensities of generators in tCO2/MWh, header gen,bus,intensity[,source]. Comes before the case's own.")        \
    X(FUEL_FACTORS, "fuel-factors", TAKES_TEXT, "F.csv|ipcc2006", NULL, CLI_FACTOR_VERBS,                              \
      "Intensities by fuel, header fuel,intensity, or the built-in table ipcc2006. Comes after the case's own.")       \
    X(MISSING_FACTOR, "missing-factor", TAKES_WORD, "error|zero|VALUE", "error", CLI_FACTOR_VERBS,                     \
      "What a running unit without a factor gets, tCO2/MWh.")                                                          \
    X(NEGATIVE_LOAD_INTENSITY, "negative-load-intensity", TAKES_NUMBER, "V", NULL, CLI_FACTOR_VERBS,                   \
      "Intensity of a negative load that states none, tCO2/MWh; else that of --missing-factor, else 0.")               \
    X(LOSS, "loss", TAKES_WORD, "sending|consumer|generator|split=A|prorata|half", "sending", CLI_TRACE_VERBS,         \
      "Who carries the carbon of losses: the branch at its sending bus's intensity, consumers, units, a share A in "   \
      "[0, 1] on consumers and the rest on the branch, the demand of each island, or half at each end.")               \
    X(MIXING, "mixing", TAKES_WORD, "gross|netted", "gross", CLI_TRACE_VERBS,                                          \
      "gross: local generation mixes with transit. netted: it serves local load first.")                               \
    X(NET_PARALLEL, "net-parallel", TAKES_NOTHING, "", NULL, CLI_TRACE_VERBS,                                          \
      "Net parallel circuits whose powers run in opposite directions before tracing.")                                 \
    X(FLOW_TOL, "flow-tol", TAKES_NOT_NEGATIVE, "MW", "1e-6", CLI_TRACE_VERBS,                                         \
      "A branch end below this carries nothing; for solved flows at least what the solution misses.")                  \
    X(BALANCE_TOL, "balance-tol", TAKES_NOT_NEGATIVE, "MW", "0.1", CLI_FACTOR_VERBS,                                   \
      "A bus that misses its balance by more is flagged and counted.")                                                 \
    X(STRICT, "strict", TAKES_NOTHING, "", NULL, CLI_TRACE_VERBS,                                                      \
      "A bus that misses its balance, or a branch that delivers at both ends, is an error. Not together with "         \
      "--mismatch-intensity.")                                                                                         \
    X(MISMATCH_INTENSITY, "mismatch-intensity", TAKES_NUMBER, "V", NULL, CLI_TRACE_VERBS,                              \
      "Add a unit of this intensity, tCO2/MWh, wherever a bus sends out more than it gets.")                           \
    X(UNFED_LOOP, "unfed-loop", TAKES_WORD, "error|mark", "error", CLI_TRACE_VERBS & ~(1u << VERB_METERD),             \
      "A loop of flow that no unit feeds: refuse, or leave its buses undefined and solve the rest.")                   \
    X(NEGATIVE_LOSS, "negative-loss", TAKES_WORD, "keep|source", "keep", CLI_TRACE_VERBS,                              \
      "A branch that delivers more than it takes: book the negative loss, or make the surplus a source of the "        \
      "mismatch intensity.")                                                                                           \
    X(UNCERTIFIED, "uncertified", TAKES_NOTHING, "", NULL, 1u << VERB_TRACE,                                           \
      "Write the result even if its certificate does not hold, marked so. The exit code stays 5.")                     \
    X(PROFILES, "profiles", TAKES_TEXT, "DIR", NULL, CLI_PROFILE_VERBS,                                                \
      "Many periods: DIR holds arrays [T][n], NAME.npy ('<f8' or '<f4') or, for small runs, NAME.csv whose first "     \
      "line "                                                                                                          \
      "names the columns; what is not there is the case's. powerflow: gen_p, load_p, load_q, storage_p; -o is a "      \
      "folder "                                                                                                        \
      "that gets bus_vm, bus_va, branch_p_from, branch_p_to, gen_p, load_p, shunt_p, period_status (.npy) and "        \
      "summary.json; each period starts from the one before; one that fails is marked, its rows are NaN, and the "     \
      "others go on. series: branch_p_from (required), branch_p_to (else lossless), gen_p, load_p, shunt_p, "          \
      "gen_intensity ([n] or [T][n]), storage_p. Loads are those with Pd > 0, or all rows.")                           \
    X(HOURS, "hours", TAKES_NUMBER, "H", "0.25", 1u << VERB_SERIES, "Hours of a period, above 0, at most 8784.")       \
    X(START, "start", TAKES_TEXT, "TIME", NULL, 1u << VERB_SERIES,                                                     \
      "When the first period begins, such as 2016-01-01T00:00:00Z or 2016-01-01T01:00:00+01:00 (RFC 3339). With it "   \
      "the "                                                                                                           \
      "summary has sums by hour of the day and by month, in UTC; a period counts where it begins.")                    \
    X(KEEP, "keep", TAKES_TEXT, "NAME,..", "standard", 1u << VERB_SERIES,                                              \
      "Which arrays are written: none, all, standard (bus_intensity, load_carbon, branch_carbon_loss, and "            \
      "storage_carbon where there are stores), or names among these and bus_throughput, branch_carbon_from, "          \
      "branch_carbon_to, gen_carbon, shunt_carbon. period_status is always written.")                                  \
    X(ROWS, "rows", TAKES_TEXT, "A:B", NULL, 1u << VERB_SERIES,                                                        \
      "Only periods A to B - 1, as a slice of the whole for --merge. A and B are multiples of 96, but B may be T.")    \
    X(MERGE, "merge", TAKES_NOTHING, "", NULL, 1u << VERB_SERIES,                                                      \
      "Puts finished slices (the folders given as arguments) together in the folder of --output: the bytes of one "    \
      "run "                                                                                                           \
      "over all periods.")                                                                                             \
    X(STORAGE, "storage", TAKES_WORD, "conserving|tank|static|load", "conserving", 1u << VERB_SERIES,                  \
      "What stores do with the carbon they draw, where --profiles has storage_p: it is carried from period to "        \
      "period, "                                                                                                       \
      "from what the case says they hold. Without storage_p they run as the case states, at its intensities.")         \
    X(OVERWRITE, "overwrite", TAKES_NOTHING, "", NULL, 1u << VERB_SERIES,                                              \
      "Starts anew where --output holds results of other inputs or settings.")                                         \
    X(THREADS, "threads", TAKES_INTEGER, "N", NULL, CLI_PROFILE_VERBS,                                                 \
      "Threads for --profiles, 1 to 256; as many as there are processors. The result does not depend on it.")          \
    X(FORMAT, "format", TAKES_WORD, "table|csv|json", "table", CLI_REPORT_VERBS | 1u << VERB_SERIES,                   \
      "table is for reading and rounds; csv and json have full precision. Without it, -o FILE.json and FILE.csv mean " \
      "what their endings say, and -o DIR/ means csv.")                                                                \
    X(BUSES, "buses", TAKES_INTEGER, "N", NULL, 1u << VERB_GENERATE, "How many buses, 2 to 10000000. Required.")       \
    X(SEED, "seed", TAKES_INTEGER, "S", "1", 1u << VERB_GENERATE | CLI_METER_VERBS, "Seed of the random numbers.")     \
    X(KIND, "kind", TAKES_WORD, "transmission|feeder", "transmission", 1u << VERB_GENERATE,                            \
      "A meshed transmission grid, or radial feeders.")                                                                \
    X(NUMBERING, "numbering", TAKES_WORD, "natural|random", "natural", 1u << VERB_GENERATE,                            \
      "Neighbours numbered close together, or buses and rows shuffled.")                                               \
    X(OUTPUT, "output", TAKES_TEXT, "FILE", NULL,                                                                      \
      CLI_REPORT_VERBS | 1u << VERB_GENERATE | 1u << VERB_SERIES | 1u << VERB_METERD,                                  \
      "Where the result goes instead of standard output. Written beside, then renamed: never half a file.")            \
    X(SYNC, "sync", TAKES_NOTHING, "", NULL, 1u << VERB_METERS,                                                        \
      "Rounds in lock step: what is not lost arrives before the next round. So it is without --delay; this option "    \
      "only says so.")                                                                                                 \
    X(RELAX, "relax", TAKES_NOTHING, "", NULL, CLI_METER_VERBS,                                                        \
      "Plain relaxation, for comparison: loops are not solved, values only converge and are never final.")             \
    X(MAX_ROUNDS, "max-rounds", TAKES_INTEGER, "N", "20000", 1u << VERB_METERS,                                        \
      "Give up after N rounds, 0 to 1000000000.")                                                                      \
    X(LOSS_RATE, "loss-rate", TAKES_NOT_NEGATIVE, "P", "0", 1u << VERB_METERS,                                         \
      "Share of messages that are lost, 0 to 0.99.")                                                                   \
    X(DELAY, "delay", TAKES_INTEGER, "K", "0", 1u << VERB_METERS,                                                      \
      "A message takes 1 to 1 + K rounds, each its own time: above 0 they overtake each other. 0 to 64.")              \
    X(DUPLICATE, "duplicate", TAKES_NOT_NEGATIVE, "P", "0", 1u << VERB_METERS,                                         \
      "Share of messages that arrive twice, 0 to 0.99.")                                                               \
    X(RESTART, "restart", TAKES_NOT_NEGATIVE, "P", "0", 1u << VERB_METERS,                                             \
      "Share of meters that restart once, all they learned lost, in the first 64 rounds; 0 to 1.")                     \
    X(MISSING, "missing", TAKES_NOT_NEGATIVE, "P", "0", 1u << VERB_METERS,                                             \
      "Share of readings that are missing and are interpolated, 0 to 1.")                                              \
    X(LYING, "lying", TAKES_NOT_NEGATIVE, "P", "0", 1u << VERB_METERS,                                                 \
      "Share of links of which one end reports a wrong reading, 0 to 1.")                                              \
    X(FROZEN, "frozen", TAKES_NOT_NEGATIVE, "P", "0", 1u << VERB_METERS,                                               \
      "Share of meters that stand still for 16 rounds, 0 to 1.")                                                       \
    X(SKEW, "skew", TAKES_INTEGER, "K", "0", 1u << VERB_METERS,                                                        \
      "Clocks: meters enter the interval up to K rounds late, 0 to 1000.")                                             \
    X(TRANSPORT, "transport", TAKES_WORD, "inproc|mqtt", "inproc", 1u << VERB_METERS,                                  \
      "inproc: all meters in this process. mqtt: over a broker, see docs/meters-mqtt.md.")                             \
    X(BROKER, "broker", TAKES_TEXT, "URL", "mqtt://127.0.0.1:1883", CLI_METER_VERBS,                                   \
      "The MQTT 5 broker (meters: of --transport mqtt). It must be on this machine: there is no transport security "   \
      "yet.")                                                                                                          \
    X(AGENTS, "agents", TAKES_INTEGER, "N", "8", 1u << VERB_METERS,                                                    \
      "Into how many agents --transport mqtt divides the buses.")                                                      \
    X(DEADLINE, "deadline", TAKES_NOT_NEGATIVE, "S", "300", 1u << VERB_METERS,                                         \
      "Seconds after which --transport mqtt gives up; 0: never.")                                                      \
    X(AGENT, "agent", TAKES_INTEGER, "K", NULL, 1u << VERB_METERD, "Which agent this is, from 0. Required.")           \
    X(TEAM, "agents", TAKES_INTEGER, "N", NULL, 1u << VERB_METERD,                                                     \
      "Agent k owns the k-th of N equal ranges of the case's buses. Either this or --roster.")                         \
    X(ROSTER, "roster", TAKES_TEXT, "F.csv", NULL, 1u << VERB_METERD,                                                  \
      "Who owns which bus: header bus,agent and a line for every bus; agents are numbered from 0.")                    \
    X(INTERVAL, "interval", TAKES_INTEGER, "I", NULL, 1u << VERB_METERD,                                               \
      "Number of the interval, the same for all agents. Required.")                                                    \
    X(EPOCH, "epoch", TAKES_INTEGER, "E", NULL, 1u << VERB_METERD,                                                     \
      "Agents of different epochs never meet. Without it, the first 32 bits of the case's SHA-256.")                   \
    X(STATE, "state", TAKES_TEXT, "FILE", NULL, 1u << VERB_METERD,                                                     \
      "Counts this agent's starts, and must outlive them: what a restarted agent says would be taken for a replay "    \
      "without it. Required.")                                                                                         \
    X(PREFIX, "prefix", TAKES_TEXT, "P", "cef", 1u << VERB_METERD,                                                     \
      "First levels of all topics: 1 to 63 of A-Z a-z 0-9 _ - with / between them.")                                   \
    X(ROUND_MS, "round-ms", TAKES_INTEGER, "MS", "20", 1u << VERB_METERD,                                              \
      "Least time between two rounds, 1 to 60000 ms.")                                                                 \
    X(LINGER, "linger", TAKES_NOT_NEGATIVE, "S", "2", 1u << VERB_METERD, "Seconds to answer others once done.")        \
    X(STAY, "stay", TAKES_NOTHING, "", NULL, 1u << VERB_METERD, "Answer until SIGTERM or SIGINT.")                     \
    X(TIME_LIMIT, "deadline", TAKES_NOT_NEGATIVE, "S", "0", 1u << VERB_METERD,                                         \
      "Seconds after which to end, done or not; 0: never.")                                                            \
    X(CERTIFY, "certify", TAKES_NOT_NEGATIVE, "T", "1e-9", 1u << VERB_METERD,                                          \
      "A value is certified when its bound is at most T of the largest intensity in play, 0 to 1.")                    \
    X(KEEPALIVE, "keepalive", TAKES_INTEGER, "S", "5", 1u << VERB_METERD,                                              \
      "The broker takes a silent agent for gone after 1.5 times S seconds, 5 to 3600.")                                \
    X(EXPIRY, "expiry", TAKES_INTEGER, "S", "86400", 1u << VERB_METERD, "Seconds that the broker keeps final values.") \
    X(QUIET, "quiet", TAKES_NOTHING, "", NULL, 1u << VERB_METERD,                                                      \
      "Nothing on standard error but warnings and errors.")                                                            \
    X(VERSION, "version", TAKES_NOTHING, "", NULL, 1u << VERB_METERD, "Print the version.")                            \
    X(MAN, "man", TAKES_NOTHING, "", NULL, 1u << VERB_HELP | 1u << VERB_METERD, "Print the manual page in troff.")     \
    X(HELP, "help", TAKES_NOTHING, "", NULL, ~0u, "Print this help.")

typedef enum {
#define CLI_OPTION_ENUM(id, name, kind, takes, standard, verbs, help) OPTION_##id,
    CLI_OPTIONS(CLI_OPTION_ENUM)
#undef CLI_OPTION_ENUM
        OPTION_COUNT
} cli_option_id;

typedef struct {
    const char *name;     /* without -- */
    const char *takes;    /* words or a place holder, "" for a flag */
    const char *standard; /* default as text, NULL if none */
    const char *help;
    unsigned verbs; /* bit 1 << cli_verb_id */
    cli_takes kind;
} cli_option;

typedef struct {
    const char *name, *command; /* "trace", "cef trace" */
    const char *arguments, *line, *more;
    int least, most; /* arguments */
} cli_verb;

extern const cli_option cli_options[OPTION_COUNT];
extern const cli_verb cli_verbs[VERB_ALL];

/* Verbs of the contract that a later version builds; NULL-terminated. */
extern const char *const cli_later_verbs[];
/* What the help of a verb says of an option. */
const char *cli_option_help(cli_verb_id verb, cli_option_id option);
/* The short name of an option ("-o", "-h") or NULL. */
const char *cli_short_name(cli_option_id option);

/* Values of the words of TAKES_WORD options, in the order of their table row. */
enum { POWERFLOW_AUTO, POWERFLOW_GIVEN, POWERFLOW_AC, POWERFLOW_DC };
enum { SLACK_REFERENCE, SLACK_CAPACITY, SLACK_FACTORS };
enum { MISSING_ERROR, MISSING_ZERO, MISSING_VALUE };
enum { LOSS_SENDING, LOSS_CONSUMER, LOSS_GENERATOR, LOSS_SPLIT, LOSS_PRORATA, LOSS_HALF };
enum { STORE_CONSERVING, STORE_TANK, STORE_STATIC, STORE_LOAD };
enum { TRANSPORT_INPROC, TRANSPORT_MQTT };
enum { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON };

#endif /* CEF_CLI_OPTIONS_H */
