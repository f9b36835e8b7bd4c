#include "base/status.h"

#include <stdarg.h>

#include "base/mem.h"

/* Where text goes: `length` counts what fitted. */
struct sink {
    char *text;
    size_t capacity; /* without the terminator */
    size_t length;
};

static void put(struct sink *sink, char c) {
    if (sink->length < sink->capacity) sink->text[sink->length++] = c;
}

static void put_text(struct sink *sink, const char *text, int at_most) {
    if (!text) text = "(null)";
    for (int i = 0; text[i] && (at_most < 0 || i < at_most); i++)
        put(sink, text[i]);
}

/* Digits of `value`, at least `width` of them, padded with `pad`. */
static void put_unsigned(struct sink *sink, unsigned long long value,
                         unsigned base, int width, char pad) {
    char digits[24];
    int n = 0;
    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    for (int i = n; i < width; i++) put(sink, pad);
    while (n > 0) put(sink, digits[--n]);
}

static void put_signed(struct sink *sink, long long value, int width,
                       char pad) {
    unsigned long long magnitude = (unsigned long long)value;
    if (value < 0) {
        put(sink, '-');
        magnitude = 0 - magnitude;
        width--;
    }
    put_unsigned(sink, magnitude, 10, width, pad);
}

/* True when x was no number and its name has been written; the sign is
 * written in any case and taken off. */
static bool put_special(struct sink *sink, double *x) {
    if (*x != *x) {
        put_text(sink, "nan", -1);
        return true;
    }
    if (__builtin_signbit(*x)) {
        put(sink, '-');
        *x = -*x;
    }
    if (*x > 1.7976931348623157e308) {
        put_text(sink, "inf", -1);
        return true;
    }
    return false;
}

/* %g: `precision` significant digits, trailing zeros dropped. The digits come
 * from double arithmetic: good for messages, not for round trips. */
static void put_g(struct sink *sink, double x, int precision) {
    if (put_special(sink, &x)) return;
    if (precision < 1) precision = precision < 0 ? 6 : 1;
    if (precision > 15) precision = 15;
    int exponent = 0;
    if (x > 0) {
        while (x >= 10) x /= 10, exponent++;
        while (x < 1) x *= 10, exponent--;
    }
    unsigned long long limit = 1;
    for (int i = 0; i < precision; i++) limit *= 10;
    unsigned long long number =
        (unsigned long long)(x * (double)(limit / 10) + 0.5);
    if (number >= limit) number /= 10, exponent++;
    int n = precision;
    while (n > 1 && number % 10 == 0) number /= 10, n--;

    char digits[16];
    for (int i = n - 1; i >= 0; i--, number /= 10)
        digits[i] = (char)('0' + number % 10);
    bool scientific = exponent < -4 || exponent >= precision;
    int point = scientific ? 0 : exponent; /* index of the last whole digit */
    if (point < 0) put_text(sink, "0.000", 1 - point);
    for (int i = 0; i < n || i <= point; i++) {
        put(sink, i < n ? digits[i] : '0');
        if (i == point && i + 1 < n) put(sink, '.');
    }
    if (!scientific) return;
    put(sink, 'e');
    put(sink, exponent < 0 ? '-' : '+');
    put_unsigned(sink, (unsigned)(exponent < 0 ? -exponent : exponent), 10, 2,
                 '0');
}

/* %f for numbers that fit 64 bits; larger ones print as %g does. */
static void put_f(struct sink *sink, double x, int precision) {
    if (x > 1e15 || x < -1e15 || x != x) {
        put_g(sink, x, 6);
        return;
    }
    put_special(sink, &x);
    if (precision < 0) precision = 6;
    if (precision > 9) precision = 9;
    unsigned long long scale = 1;
    for (int i = 0; i < precision; i++) scale *= 10;
    unsigned long long whole = (unsigned long long)x;
    unsigned long long part =
        (unsigned long long)((x - (double)whole) * (double)scale + 0.5);
    if (part >= scale) part -= scale, whole++;
    put_unsigned(sink, whole, 10, 1, '0');
    if (precision == 0) return;
    put(sink, '.');
    put_unsigned(sink, part, 10, precision, '0');
}

/* One conversion as parsed: %[0][width][.precision][l|ll|z]letter */
struct spec {
    int width, precision; /* precision -1: not given */
    char pad, size;       /* size: 0, 'l', 'L' for ll, 'z' */
};

static const char *parse_spec(const char *f, struct spec *spec, va_list *args) {
    *spec = (struct spec){0, -1, ' ', 0};
    if (*f == '0') spec->pad = '0', f++;
    for (; *f >= '0' && *f <= '9' && spec->width < 100; f++)
        spec->width = spec->width * 10 + (*f - '0');
    if (*f == '.' && f[1] == '*') {
        spec->precision = va_arg(*args, int);
        f += 2;
    } else if (*f == '.') {
        spec->precision = 0;
        for (f++; *f >= '0' && *f <= '9' && spec->precision < 1000; f++)
            spec->precision = spec->precision * 10 + (*f - '0');
    }
    if (*f == 'z') {
        spec->size = 'z', f++;
    } else if (*f == 'l') {
        spec->size = 'l', f++;
        if (*f == 'l') spec->size = 'L', f++;
    }
    return f;
}

static void format_signed(struct sink *sink, const struct spec *spec,
                          va_list *args) {
    long long value;
    switch (spec->size) {
    case 'l': value = va_arg(*args, long); break;
    case 'L': value = va_arg(*args, long long); break;
    case 'z': value = va_arg(*args, ptrdiff_t); break;
    default: value = va_arg(*args, int); break;
    }
    put_signed(sink, value, spec->width, spec->pad);
}

static void format_unsigned(struct sink *sink, const struct spec *spec,
                            va_list *args, unsigned base) {
    unsigned long long value;
    switch (spec->size) {
    case 'l': value = va_arg(*args, unsigned long); break;
    case 'L': value = va_arg(*args, unsigned long long); break;
    case 'z': value = va_arg(*args, size_t); break;
    default: value = va_arg(*args, unsigned); break;
    }
    put_unsigned(sink, value, base, spec->width, spec->pad);
}

/* A letter that is not ours is written as it stands, without an argument. */
static void format_one(struct sink *sink, char letter, const struct spec *spec,
                       va_list *args) {
    switch (letter) {
    case 's': {
        const char *text = va_arg(*args, const char *);
        put_text(sink, text, spec->precision);
        break;
    }
    case 'c': put(sink, (char)va_arg(*args, int)); break;
    case 'd':
    case 'i': format_signed(sink, spec, args); break;
    case 'u': format_unsigned(sink, spec, args, 10); break;
    case 'x': format_unsigned(sink, spec, args, 16); break;
    case 'g': put_g(sink, va_arg(*args, double), spec->precision); break;
    case 'f': put_f(sink, va_arg(*args, double), spec->precision); break;
    default: put(sink, letter); break;
    }
}

size_t text_format_list(char *text, size_t text_bytes, const char *format,
                        va_list args) {
    if (text_bytes == 0) return 0;
    struct sink sink = {text, text_bytes - 1, 0};
    va_list list;
    va_copy(list, args);
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            put(&sink, *f);
            continue;
        }
        struct spec spec;
        f = parse_spec(f + 1, &spec, &list);
        if (!*f) break;
        format_one(&sink, *f, &spec, &list);
    }
    va_end(list);
    text[sink.length] = 0;
    return sink.length;
}

size_t text_format(char *text, size_t text_bytes, const char *format, ...) {
    va_list args;
    va_start(args, format);
    size_t length = text_format_list(text, text_bytes, format, args);
    va_end(args);
    return length;
}

enum cut_status status_fail(struct cut_error *err, enum cut_status status,
                            const char *format, ...) {
    if (!err) return status;
    err->status = status;
    va_list args;
    va_start(args, format);
    text_format_list(err->message, sizeof err->message, format, args);
    va_end(args);
    return status;
}

const char *cut_status_name(enum cut_status status) {
    static const char *const names[] = {
#define X(name, text) text,
        CUT_STATUS_MAP(X)
#undef X
    };
    if ((unsigned)status >= COUNT_OF(names)) return "unknown status";
    return names[status];
}
