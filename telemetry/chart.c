#define _GNU_SOURCE
#include "telemetry/chart.h"

#include <math.h>

enum { SPAN = CHART_WIDTH - CHART_LEFT - CHART_RIGHT, THICK = 16 };

static double place(double share) {
    double inside = share < 0 ? 0 : share > 1 ? 1 : share;
    return (double)CHART_LEFT + (double)SPAN * inside;
}

static int middle(int row) { return row * CHART_ROW + CHART_ROW / 2; }

void chart_open(FILE *out, const char *title, int n_rows, int extra_px) {
    fprintf(out,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n"
            "<title>%s</title>\n",
            CHART_WIDTH, n_rows * CHART_ROW + extra_px, title, title);
}

void chart_close(FILE *out) { fprintf(out, "</svg>\n"); }

void chart_name(FILE *out, int row, const char *name) {
    fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"end\">%s</text>\n",
            CHART_LEFT - 10, middle(row) + 4, name);
}

void chart_value(FILE *out, int row, const char *value) {
    fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"value\">%s</text>\n",
            CHART_WIDTH - CHART_RIGHT + 8, middle(row) + 4, value);
}

void chart_bar(FILE *out, int row, const double range[2], const char *colour,
               const char *tip) {
    double from = place(range[0]), to = place(range[1]);
    fprintf(out,
            "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\" "
            "class=\"%s\"><title>%s</title></rect>\n",
            from, middle(row) - THICK / 2, to - from, THICK, colour, tip);
}

struct chart_axis chart_axis_of(double least, double most) {
    struct chart_axis axis = {pow(10, floor(log10(fmax(least, 0.1)))),
                              pow(10, ceil(log10(fmax(most, 1))))};
    if (axis.high <= axis.low) axis.high = axis.low * 10;
    return axis;
}

static double axis_place(const struct chart_axis *axis, double ms) {
    return place(log(fmax(ms, axis->low) / axis->low) /
                 log(axis->high / axis->low));
}

static void write_duration(FILE *out, double ms) {
    if (ms >= 1000)
        fprintf(out, "%g s", ms / 1000);
    else
        fprintf(out, "%g ms", ms);
}

void chart_axis_draw(FILE *out, const struct chart_axis *axis, int n_rows) {
    for (double ms = axis->low; ms <= axis->high * 1.01; ms *= 10) {
        double x = axis_place(axis, ms);
        fprintf(out,
                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\" "
                "class=\"grid\"/>\n<text x=\"%.1f\" y=\"%d\" "
                "class=\"middle\">",
                x, x, n_rows * CHART_ROW, x, n_rows * CHART_ROW + 16);
        write_duration(out, ms);
        fprintf(out, "</text>\n");
    }
}

static void line(FILE *out, const double x[2], int y, const char *colour,
                 int px) {
    fprintf(out,
            "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" "
            "class=\"s-%s\" stroke-width=\"%d\"/>\n",
            x[0], x[1], y, y, colour, px);
}

void chart_spread(FILE *out, const struct chart_axis *axis, int row,
                  const double p[3], const char *colour) {
    double x[3];
    for (int i = 0; i < 3; i++) x[i] = axis_place(axis, p[i]);
    int y = middle(row);
    line(out, (double[2]){x[0], x[2]}, y, colour, 2);
    line(out, (double[2]){x[0], x[1]}, y, colour, 6);
    fprintf(out,
            "<circle cx=\"%.1f\" cy=\"%d\" r=\"6\" class=\"%s\">"
            "<title>p50 %.0f ms, p90 %.0f ms, p99 %.0f ms</title></circle>\n",
            x[0], y, colour, p[0], p[1], p[2]);
}
