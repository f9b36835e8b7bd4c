#include "server/headers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void header_add(struct headers *headers, const char *name,
                       const char *value) {
    headers->list[headers->n].name = name;
    snprintf(headers->list[headers->n++].value, HEADER_MAX_BYTES, "%s", value);
}

/* An origin ends up inside a header: nothing but scheme, host and port. */
static bool origin_is_plain(const char *origin) {
    size_t scheme = strncmp(origin, "https://", 8) == 0  ? 8
                    : strncmp(origin, "http://", 7) == 0 ? 7
                                                         : 0;
    const char *host = origin + scheme;
    return scheme > 0 && *host &&
           strspn(host,
                  "abcdefghijklmnopqrstuvwxyz"
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]*") == strlen(host);
}

static bool origins_append(char csp[HEADER_MAX_BYTES],
                           const char *const *origins,
                           struct server_error *err) {
    for (; origins && *origins; origins++) {
        size_t n = strlen(csp);
        if (!origin_is_plain(*origins)) {
            snprintf(err->message, sizeof err->message,
                     "expected an origin such as https://example.org but "
                     "received '%.200s'",
                     *origins);
            return false;
        }
        if (n + strlen(*origins) + 2 > HEADER_MAX_BYTES) {
            snprintf(err->message, sizeof err->message, "too many origins");
            return false;
        }
        snprintf(csp + n, HEADER_MAX_BYTES - n, " %s", *origins);
    }
    return true;
}

static bool text_append(char csp[HEADER_MAX_BYTES], const char *text,
                        struct server_error *err) {
    size_t n = strlen(csp);
    if (n + strlen(text) < HEADER_MAX_BYTES) {
        snprintf(csp + n, HEADER_MAX_BYTES - n, "%s", text);
        return true;
    }
    snprintf(err->message, sizeof err->message, "too many origins");
    return false;
}

/* Nothing inline, nothing evaluated but WebAssembly, nothing from elsewhere.
 * blob: and data: pictures are the person's own. */
static bool csp_make(const struct server_options *options,
                     struct headers *headers, struct server_error *err) {
    char csp[HEADER_MAX_BYTES] =
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "
        "style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
        "worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'none'; connect-src 'self'";
    bool embedded = options->embed && *options->embed;
    bool good = origins_append(csp, options->connect, err) &&
                text_append(csp, "; frame-ancestors ", err) &&
                text_append(csp, embedded ? "'self'" : "'none'", err) &&
                origins_append(csp, options->embed, err);
    header_add(headers, "Content-Security-Policy", csp);
    return good;
}

static void isolation_make(const struct server_options *options,
                           struct headers *headers) {
    if (options->isolation == SERVER_COOP) {
        header_add(headers, "Cross-Origin-Opener-Policy", "same-origin");
        header_add(headers, "Cross-Origin-Embedder-Policy", "require-corp");
    } else if (options->isolation == SERVER_DIP) {
        header_add(headers, "Document-Isolation-Policy",
                   "isolate-and-require-corp");
    } else if (options->isolation == SERVER_NONE) {
        /* said, so that the page's service worker does not add the others */
        header_add(headers, "Cross-Origin-Opener-Policy", "unsafe-none");
    }
}

bool headers_make(const struct server_options *options, struct headers *headers,
                  struct server_error *err) {
    bool embedded = options->embed && *options->embed;
    headers->n = 0;
    isolation_make(options, headers);
    header_add(headers, "Cross-Origin-Resource-Policy",
               embedded ? "cross-origin" : "same-origin");
    header_add(headers, "X-Content-Type-Options", "nosniff");
    header_add(headers, "Referrer-Policy", "no-referrer");
    header_add(headers, "Permissions-Policy",
               "accelerometer=(), camera=(), display-capture=(), "
               "geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
               "midi=(), payment=(), usb=()");
    return csp_make(options, headers, err);
}
