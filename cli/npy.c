#include "npy.h"

#include "say.h"

#include <stdio.h>
#include <string.h>

/* ---- Types --------------------------------------------------------------- */

static const struct {
    const char *descr;
    enum cut_dtype dtype;
} types[] = {
    {"<f4", CUT_F32}, {"<f2", CUT_F16},  {"<f8", CUT_F64}, {"|u1", CUT_U8},
    {"|i1", CUT_I8},  {"|b1", CUT_BOOL}, {"<u2", CUT_U16}, {"<i2", CUT_I16},
    {"<i4", CUT_I32}, {"<i8", CUT_I64},  {"<u4", CUT_U32}, {"<u8", CUT_U64},
};
enum { N_TYPES = sizeof types / sizeof *types };

/* ---- Reading ------------------------------------------------------------- */

struct text {
    const char *at, *end;
};

static void skip_spaces(struct text *text) {
    while (text->at < text->end &&
           (*text->at == ' ' || *text->at == '\n' || *text->at == '\t'))
        text->at++;
}

static bool take_char(struct text *text, char c) {
    skip_spaces(text);
    if (text->at >= text->end || *text->at != c) return false;
    text->at++;
    return true;
}

/* A word in single or double quotes, at most 15 letters. */
static bool take_quoted(struct text *text, char word[16]) {
    skip_spaces(text);
    if (text->at >= text->end || (*text->at != '\'' && *text->at != '"'))
        return false;
    char quote = *text->at++;
    size_t n = 0;
    while (text->at < text->end && *text->at != quote && n < 15)
        word[n++] = *text->at++;
    word[n] = 0;
    return take_char(text, quote);
}

static bool take_number(struct text *text, int64_t *number) {
    skip_spaces(text);
    if (text->at >= text->end || *text->at < '0' || *text->at > '9')
        return false;
    int64_t value = 0;
    while (text->at < text->end && *text->at >= '0' && *text->at <= '9') {
        if (value > (INT64_MAX - 9) / 10) return false;
        value = value * 10 + (*text->at++ - '0');
    }
    *number = value;
    return true;
}

static bool take_descr(struct text *text, struct cut_tensor *out,
                       struct cut_error *err) {
    char word[16];
    if (!take_quoted(text, word))
        return fail(err, "npy: 'descr' is no plain type");
    for (int i = 0; i < N_TYPES; i++)
        if (strcmp(word, types[i].descr) == 0 ||
            (word[0] == '<' && strcmp(word + 1, types[i].descr + 1) == 0)) {
            out->dtype = types[i].dtype;
            return true;
        }
    return fail(err, "npy: type '%s' is not supported", word);
}

static bool take_order(struct text *text, struct cut_error *err) {
    skip_spaces(text);
    size_t left = (size_t)(text->end - text->at);
    if (left >= 5 && memcmp(text->at, "False", 5) == 0) {
        text->at += 5;
        return true;
    }
    return fail(err, "npy: Fortran order is not supported; save with "
                     "numpy.ascontiguousarray");
}

static bool take_shape(struct text *text, struct cut_tensor *out,
                       struct cut_error *err) {
    out->rank = 0;
    if (!take_char(text, '(')) return fail(err, "npy: 'shape' is no tuple");
    while (!take_char(text, ')')) {
        if (out->rank == CUT_MAX_RANK)
            return fail(err, "npy: more than %d dimensions", CUT_MAX_RANK);
        if (!take_number(text, &out->dims[out->rank++]))
            return fail(err, "npy: 'shape' holds no number");
        if (take_char(text, ',')) continue;
        if (!take_char(text, ')')) return fail(err, "npy: 'shape' is open");
        break;
    }
    return true;
}

/* A Python dictionary of exactly three keys in any order. */
static bool take_dictionary(struct text *text, struct cut_tensor *out,
                            struct cut_error *err) {
    char key[16];
    unsigned seen = 0;
    if (!take_char(text, '{')) return fail(err, "npy: the header is damaged");
    while (!take_char(text, '}')) {
        if (!take_quoted(text, key) || !take_char(text, ':'))
            return fail(err, "npy: the header is damaged");
        if (strcmp(key, "descr") == 0 && take_descr(text, out, err))
            seen |= 1;
        else if (strcmp(key, "fortran_order") == 0 && take_order(text, err))
            seen |= 2;
        else if (strcmp(key, "shape") == 0 && take_shape(text, out, err))
            seen |= 4;
        else
            return err->message[0] ? false
                                   : fail(err, "npy: unknown key '%s'", key);
        take_char(text, ',');
    }
    return seen == 7 || fail(err, "npy: descr, fortran_order or shape is "
                                  "missing");
}

static bool sizes_check(struct cut_tensor *out, size_t data_bytes,
                        struct cut_error *err) {
    size_t bytes = cut_dtype_bytes(out->dtype);
    if (bytes == 0)
        return fail(err, "npy: type %s is not supported",
                    cut_dtype_name(out->dtype));
    for (int i = 0; i < out->rank; i++) {
        if (out->dims[i] && bytes > SIZE_MAX / 2 / (size_t)out->dims[i])
            return fail(err, "npy: the shape is too large");
        bytes *= (size_t)out->dims[i];
    }
    if (bytes > data_bytes)
        return fail(err,
                    "npy: the shape needs %zu bytes of data, the file "
                    "has %zu",
                    bytes, data_bytes);
    out->bytes = bytes;
    return true;
}

bool npy_read(const void *bytes, size_t n_bytes, struct cut_tensor *out,
              size_t *offset, struct cut_error *err) {
    const unsigned char *head = bytes;
    *out = (struct cut_tensor){.name = ""};
    err->message[0] = 0;
    if (n_bytes < 12 || memcmp(head, "\x93NUMPY", 6) != 0)
        return fail(err, "npy: no NumPy file");
    bool wide = head[6] >= 2;
    if (head[6] < 1 || head[6] > 3)
        return fail(err, "npy: version %d is not known", head[6]);
    size_t length = (size_t)head[8] | (size_t)head[9] << 8;
    if (wide) length |= (size_t)head[10] << 16 | (size_t)head[11] << 24;
    size_t start = wide ? 12 : 10;
    if (length > n_bytes - start)
        return fail(err, "npy: the header is cut off");
    struct text text = {(const char *)bytes + start,
                        (const char *)bytes + start + length};
    if (!take_dictionary(&text, out, err)) return false;
    if (!sizes_check(out, n_bytes - start - length, err)) return false;
    *offset = start + length;
    uintptr_t data = (uintptr_t)bytes + *offset;
    if (data % cut_dtype_bytes(out->dtype) == 0)
        out->data = (char *)(uintptr_t)bytes + *offset;
    return true;
}

/* ---- Writing ------------------------------------------------------------- */

size_t npy_header(const struct cut_tensor *tensor,
                  char header[NPY_HEADER_MAX]) {
    const char *descr = "|u1";
    for (int i = 0; i < N_TYPES; i++)
        if (types[i].dtype == tensor->dtype) descr = types[i].descr;
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    size_t n = 10;
    n += (size_t)snprintf(header + n, NPY_HEADER_MAX - n,
                          "{'descr': '%s', 'fortran_order': False, "
                          "'shape': (",
                          descr);
    for (int i = 0; i < tensor->rank; i++)
        n += (size_t)snprintf(header + n, NPY_HEADER_MAX - n, "%lld,%s",
                              (long long)tensor->dims[i],
                              i + 1 < tensor->rank ? " " : "");
    n += (size_t)snprintf(header + n, NPY_HEADER_MAX - n, "), }");
    size_t total = (n + 1 + 63) / 64 * 64;
    memset(header + n, ' ', total - n - 1);
    header[total - 1] = '\n';
    header[8] = (char)((total - 10) & 255);
    header[9] = (char)((total - 10) >> 8);
    return total;
}
