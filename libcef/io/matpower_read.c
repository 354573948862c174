/* SPDX-License-Identifier: Apache-2.0 */
/* MATPOWER case files, format version 2, read as data: `function mpc = NAME`, then `mpc.FIELD = VALUE` with a number, a
 * text, a matrix or a cell. Anything that MATLAB would have to evaluate is refused. */
#include "io/matpower_tables.h"

/* The fields that are used, in the order in which they can be read: each needs the ones before it. */
enum {
    FIELD_BUS,
    FIELD_GEN,
    FIELD_BRANCH,
    FIELD_DCLINE,
    FIELD_GENFUEL,
    FIELD_GEN_INTENSITY,
    FIELD_LOAD_INTENSITY,
    N_TABLES
};
static const struct {
    const char *name;
    cef_status (*read)(m_reader *r, cef_error *error);
    int needs; /* another table, or itself */
    bool required;
} tables[N_TABLES] = {
    [FIELD_BUS] = {"bus", m_read_bus, FIELD_BUS, true},
    [FIELD_GEN] = {"gen", m_read_gen, FIELD_BUS, true},
    [FIELD_BRANCH] = {"branch", m_read_branch, FIELD_BUS, true},
    [FIELD_DCLINE] = {"dcline", m_read_dcline, FIELD_BRANCH, false},
    [FIELD_GENFUEL] = {"genfuel", m_read_genfuel, FIELD_GEN, false},
    [FIELD_GEN_INTENSITY] = {"gen_intensity", m_read_gen_intensity, FIELD_GEN, false},
    [FIELD_LOAD_INTENSITY] = {"load_intensity", m_read_load_intensity, FIELD_BUS, false},
};

typedef struct {
    m_reader reader;
    m_word variable;           /* "mpc", as the function line names it */
    m_scanner value[N_TABLES]; /* where a table's value stands; text NULL: not met yet */
    bool done[N_TABLES];
    bool has_base, has_version, has_name;
} m_file;

static cef_status refuse_twice(const m_scanner *s, const char *field, cef_error *error)
{
    CEF_TEXT(text, 64);
    text_format(&text, "mpc.%s is given a second time", field);
    return m_refuse(s, DIAG_DUPLICATE_FIELD, text.data, error);
}

static cef_status set_name(m_file *f, m_word name, cef_error *error)
{
    if (!text_is_printable(name.text, name.length) || memchr(name.text, '\'', name.length))
        return m_refuse(&f->reader.s, DIAG_BAD_ENCODING, "the case's name must be UTF-8 without quotes", error);
    cef_text text = {f->reader.data->name, sizeof f->reader.data->name, 0};
    text.data[0] = 0;
    text_add_n(&text, name.text, name.length);
    return CEF_OK;
}

/* `function mpc = NAME`, with or without (). */
static cef_status read_function_line(m_file *f, cef_error *error)
{
    m_scanner *s = &f->reader.s;
    CEF_TRY(m_skip_space(s, error));
    m_scanner start = *s;
    if (!m_word_is(m_identifier(s), "function"))
        return m_refuse_here(&start, "`function mpc = NAME` first", error);
    CEF_TRY(m_skip_blanks(s, error));
    if (s->at < s->end && *s->at == '[')
        return m_refuse(s, DIAG_VERSION,
                        "this is MATPOWER's version 1 format (a list of results): save the case as version 2", error);
    f->variable = m_identifier(s);
    CEF_TRY(m_skip_blanks(s, error));
    if (f->variable.length == 0 || !m_take(s, '='))
        return m_refuse_here(s, "`function mpc = NAME`", error);
    CEF_TRY(m_skip_blanks(s, error));
    const m_word name = m_identifier(s);
    if (name.length == 0)
        return m_refuse_here(s, "the function's name", error);
    CEF_TRY(set_name(f, name, error));
    CEF_TRY(m_skip_blanks(s, error));
    if (m_take(s, '(') && !m_take(s, ')'))
        return m_refuse_here(s, "a function without arguments", error);
    return CEF_OK;
}

static cef_status end_statement(m_scanner *s, cef_error *error)
{
    CEF_TRY(m_skip_blanks(s, error));
    if (s->at >= s->end || *s->at == '\n' || m_take(s, ';') || m_take(s, ','))
        return CEF_OK;
    return m_refuse_here(s, "the end of the statement", error);
}

static cef_status read_base(m_file *f, cef_error *error)
{
    m_scanner *s = &f->reader.s;
    if (f->has_base)
        return refuse_twice(s, "baseMVA", error);
    f->has_base = true;
    const m_scanner start = *s;
    double base = 0.0;
    if (s->at >= s->end)
        return m_refuse_here(s, "a number", error);
    CEF_TRY(m_number(s, &base, error));
    if (!isfinite(base) || base <= 0.0)
        return m_refuse(&start, DIAG_BAD_NUMBER, "mpc.baseMVA must be a positive number", error);
    f->reader.data->base_mva = base;
    return CEF_OK;
}

static cef_status read_version(m_file *f, cef_error *error)
{
    m_scanner *s = &f->reader.s;
    if (f->has_version)
        return refuse_twice(s, "version", error);
    f->has_version = true;
    const m_scanner start = *s;
    m_word version = {NULL, 0};
    if (s->at < s->end && (*s->at == '\'' || *s->at == '"'))
        CEF_TRY(m_text(s, &version, error));
    if (version.text && m_word_is(version, "2"))
        return CEF_OK;
    return m_refuse(&start, DIAG_VERSION, "mpc.version must be '2', the only format version that is read", error);
}

static cef_status read_name(m_file *f, cef_error *error)
{
    m_scanner *s = &f->reader.s;
    if (f->has_name)
        return refuse_twice(s, "name", error);
    f->has_name = true;
    if (s->at >= s->end || (*s->at != '\'' && *s->at != '"'))
        return m_skip_value(s, error);
    m_word name;
    CEF_TRY(m_text(s, &name, error));
    return set_name(f, name, error);
}

/* A table whose prerequisite has not come yet is checked, passed over, and read at the end. */
static cef_status read_table(m_file *f, int k, cef_error *error)
{
    m_scanner *s = &f->reader.s;
    if (f->value[k].text)
        return refuse_twice(s, tables[k].name, error);
    f->value[k] = *s;
    if (tables[k].needs != k && !f->done[tables[k].needs])
        return m_skip_value(s, error);
    f->done[k] = true;
    return tables[k].read(&f->reader, error);
}

static cef_status read_field(m_file *f, m_word field, cef_error *error)
{
    if (m_word_is(field, "baseMVA"))
        return read_base(f, error);
    if (m_word_is(field, "version"))
        return read_version(f, error);
    if (m_word_is(field, "name"))
        return read_name(f, error);
    for (int k = 0; k < N_TABLES; k++)
        if (m_word_is(field, tables[k].name))
            return read_table(f, k, error);
    return m_skip_value(&f->reader.s, error);
}

/* mpc.FIELD = VALUE; FIELD may have dots of its own (mpc.reserves.zones), which no used field has. */
static cef_status read_statement(m_file *f, cef_error *error)
{
    m_scanner *s = &f->reader.s;
    const m_scanner start = *s;
    const m_word variable = m_identifier(s);
    if (variable.length == 0 || variable.length != f->variable.length ||
        memcmp(variable.text, f->variable.text, variable.length) != 0 || !m_take(s, '.'))
        return m_refuse_here(&start, "`mpc.FIELD = VALUE`", error);
    m_word field = m_identifier(s);
    while (field.length > 0 && m_take(s, '.')) {
        const m_word part = m_identifier(s);
        field.length = part.length > 0 ? (size_t) (part.text + part.length - field.text) : 0;
    }
    CEF_TRY(m_skip_blanks(s, error));
    if (field.length == 0 || !m_take(s, '='))
        return m_refuse_here(s, "`mpc.FIELD = VALUE`", error);
    CEF_TRY(m_skip_blanks(s, error));
    CEF_TRY(read_field(f, field, error));
    return end_statement(s, error);
}

static cef_status read_statements(m_file *f, cef_error *error)
{
    m_scanner *s = &f->reader.s;
    for (;;) {
        CEF_TRY(m_skip_space(s, error));
        if (s->at >= s->end)
            return CEF_OK;
        if (!m_take(s, ';'))
            CEF_TRY(read_statement(f, error));
    }
}

static cef_status refuse_absent(const m_file *f, const char *field, cef_error *error)
{
    return error_format(error, DIAG_MISSING_FIELD, CEF_NOWHERE, "%s: mpc.%s is missing", f->reader.s.file, field);
}

static cef_status finish_tables(m_file *f, cef_error *error)
{
    for (int k = 0; k < N_TABLES; k++) {
        if (!f->value[k].text && tables[k].required)
            return refuse_absent(f, tables[k].name, error);
        if (!f->value[k].text || f->done[k])
            continue;
        f->reader.s = f->value[k];
        f->done[k] = true;
        CEF_TRY(tables[k].read(&f->reader, error));
    }
    return f->has_base ? CEF_OK : refuse_absent(f, "baseMVA", error);
}

/* MATPOWER's 0 and the case's own base power both say nothing. */
static void drop_plain_bases(case_data *d)
{
    for (cef_index gen = 0; gen < d->gen.n; gen++)
        if (d->gen.mbase[gen] == d->base_mva || d->gen.mbase[gen] == 0.0)
            d->gen.mbase[gen] = (double) NAN;
}

static cef_status refuse_nul(m_scanner *s, const char *nul, cef_error *error)
{
    for (const char *p = s->at; p < nul; p++)
        s->line += *p == '\n';
    return m_refuse(s, DIAG_BAD_ENCODING, "the file holds a NUL byte: it is not text", error);
}

static cef_status read_file(m_file *f, cef_error *error)
{
    m_scanner *s = &f->reader.s;
    if (s->end - s->at >= 3 && memcmp(s->at, "\xEF\xBB\xBF", 3) == 0) /* byte order mark */
        s->at += 3;
    const char *nul = memchr(s->at, 0, (size_t) (s->end - s->at));
    if (nul)
        return refuse_nul(s, nul, error);
    CEF_TRY(read_function_line(f, error));
    CEF_TRY(end_statement(s, error));
    CEF_TRY(read_statements(f, error));
    return finish_tables(f, error);
}

cef_status matpower_read(case_data *data, const char *text, size_t length, cef_error *error)
{
    m_file f = {.reader = {.s = {data->file, text, text, text + length, 1}, .data = data}};
    const cef_status status = read_file(&f, error);
    if (status == CEF_OK)
        drop_plain_bases(data);
    case_index_release(&f.reader.buses);
    return status;
}
