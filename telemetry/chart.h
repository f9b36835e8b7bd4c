/* Small charts in SVG, drawn on a stream. Texts are written as they are: they
 * must hold no character that HTML knows. */
#ifndef TELEMETRY_CHART_H
#define TELEMETRY_CHART_H

#include <stdio.h>

enum { CHART_WIDTH = 720, CHART_ROW = 26, CHART_LEFT = 220, CHART_RIGHT = 120 };

/* Begins and ends a chart of so many rows; `title` is for those who do not
 * see it. */
void chart_open(FILE *out, const char *title, int n_rows, int extra_px);
void chart_close(FILE *out);

/* Row `row`: its name at the left, and at the right end. */
void chart_name(FILE *out, int row, const char *name);
void chart_value(FILE *out, int row, const char *value);
/* A piece of a bar, `from` and `to` in 0..1 of the space between the two;
 * `colour` is the class of style.h. `tip` is shown where the pointer rests. */
void chart_bar(FILE *out, int row, const double range[2], const char *colour,
               const char *tip);

/* A logarithmic axis in milliseconds over the rows, and a place on it. */
struct chart_axis {
    double low, high; /* powers of ten */
};
struct chart_axis chart_axis_of(double least, double most);
void chart_axis_draw(FILE *out, const struct chart_axis *axis, int n_rows);
/* p50 as a dot, p90 and p99 as the ends of a thick and a thin line. */
void chart_spread(FILE *out, const struct chart_axis *axis, int row,
                  const double p[3], const char *colour);

#endif
