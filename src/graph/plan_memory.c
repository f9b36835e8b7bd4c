/* Lifetimes, the peak, and byte offsets. */
#include "base/mem.h"
#include "base/status.h"
#include "graph/plan_work.h"

/* ---- Lifetimes --------------------------------------------------------- */

static size_t align(const struct planner *p, size_t bytes) {
    size_t unit = p->backend->alignment ? p->backend->alignment : MEM_ALIGN;
    return (bytes + unit - 1) / unit * unit;
}

/* A root lives from the first write to the last read of anything in it. */
static void make_boxes(struct planner *p) {
    for (int i = 0; i < p->n_blobs; i++)
        p->boxes[i] = (struct box){p->n_steps, -1, 0, 0};
    for (int i = 0; i < p->n_blobs; i++) {
        const struct blob *blob = &p->blobs[i];
        const struct blob *root = &p->blobs[blob->root];
        struct box *box = &p->boxes[blob->root];
        if (root->place != PLACE_ARENA) continue;
        box->bytes = align(p, root->bytes);
        if (blob->first < box->first) box->first = blob->first;
        if (blob->first > box->last) box->last = blob->first;
        if (blob->last > box->last) box->last = blob->last;
    }
    for (int i = 0; i < p->n_steps; i++) {
        size_t bytes = align(p, p->steps[i].scratch_bytes);
        p->boxes[p->n_blobs + i] = (struct box){i, i, bytes, 0};
    }
}

static void count_live(struct planner *p) {
    for (int i = 0; i <= p->n_steps; i++) p->live[i] = 0;
    for (int i = 0; i < p->n_blobs + p->n_steps; i++) {
        const struct box *box = &p->boxes[i];
        if (box->first > box->last) continue;
        p->live[box->first] += (int64_t)box->bytes;
        p->live[box->last + 1] -= (int64_t)box->bytes;
    }
    for (int i = 1; i < p->n_steps; i++) p->live[i] += p->live[i - 1];
}

size_t plan_peak(struct planner *p, int *n_steps) {
    int64_t peak = 0;
    make_boxes(p);
    count_live(p);
    *n_steps = 0;
    for (int i = 0; i < p->n_steps; i++) {
        if (p->live[i] > peak) {
            peak = p->live[i];
            *n_steps = 0;
        }
        *n_steps += p->live[i] == peak;
    }
    return (size_t)peak;
}

/* ---- Slots ------------------------------------------------------------- */

enum { MAX_TRIALS = 10000 };

/* Writing into a slice keeps the whole Concat alive from its first part on;
 * a copy keeps only the part. So begin with all in place and drop slots while
 * the peak (or the number of steps at the peak) goes down. */
static void drop_slots(struct planner *p) {
    int n_best, n, n_trials = 0;
    plan_host(p);
    size_t best = plan_peak(p, &n_best);
    for (bool changed = true; changed && n_trials < MAX_TRIALS;) {
        changed = false;
        for (int i = 0; i < p->n_slots; i++, n_trials++) {
            if (!p->slots[i].wanted || !p->slots[i].taken) continue;
            p->slots[i].wanted = false;
            plan_host(p);
            size_t peak = plan_peak(p, &n);
            bool better = peak < best || (peak == best && n < n_best);
            p->slots[i].wanted = !better;
            if (!better) continue;
            best = peak;
            n_best = n;
            changed = true;
        }
        plan_host(p);
    }
}

/* What was dropped on the way and no longer matters is taken back. */
static void restore_slots(struct planner *p) {
    int n;
    plan_host(p);
    size_t best = plan_peak(p, &n);
    for (int i = 0; i < p->n_slots; i++) {
        if (p->slots[i].wanted) continue;
        p->slots[i].wanted = true;
        plan_host(p);
        if (plan_peak(p, &n) > best) p->slots[i].wanted = false;
    }
    plan_host(p);
}

void plan_choose_slots(struct planner *p) {
    drop_slots(p);
    restore_slots(p);
}

/* ---- Offsets ----------------------------------------------------------- */

/* Orders in which boxes are put down; the best one wins. */
enum order { BY_BYTES, BY_AREA, BY_CROWD, BY_FIRST, N_ORDERS };

/* The most that is alive while this box is. */
static int64_t crowd(const struct planner *p, const struct box *box) {
    int64_t most = 0;
    for (int i = box->first; i <= box->last; i++)
        most = i64_max(most, p->live[i]);
    return most;
}

static double order_key(const struct planner *p, const struct box *box,
                        enum order order) {
    double bytes = (double)box->bytes;
    switch (order) {
    case BY_BYTES: return bytes;
    case BY_AREA: return bytes * (box->last - box->first + 1);
    case BY_CROWD: return (double)crowd(p, box) * 1e15 + bytes;
    default: return -(double)box->first;
    }
}

/* Shell sort, largest key first, then the lower index. */
static void sort_boxes(int *boxes, const double *keys, int n) {
    for (int gap = n / 2; gap > 0; gap /= 2)
        for (int i = gap; i < n; i++) {
            int box = boxes[i], k = i;
            for (; k >= gap; k -= gap) {
                int other = boxes[k - gap];
                if (keys[other] > keys[box]) break;
                if (keys[other] == keys[box] && other < box) break;
                boxes[k] = other;
            }
            boxes[k] = box;
        }
}

/* The lowest gap among the boxes alive at the same time. `placed` is sorted
 * by offset; returns where the box goes into it. */
static int find_gap(const struct planner *p, struct box *box, const int *placed,
                    int n) {
    uint64_t end = 0;
    for (int i = 0; i < n; i++) {
        const struct box *other = &p->boxes[placed[i]];
        if (other->first > box->last || other->last < box->first) continue;
        if (other->offset >= end && other->offset - end >= box->bytes) break;
        if (other->offset + other->bytes > end)
            end = other->offset + other->bytes;
    }
    box->offset = end;
    int at = n;
    while (at > 0 && p->boxes[placed[at - 1]].offset > end) at--;
    return at;
}

static uint64_t place_in_order(struct planner *p, const int *order, int n,
                               int *placed) {
    uint64_t top = 0;
    for (int i = 0; i < n; i++) {
        struct box *box = &p->boxes[order[i]];
        int at = find_gap(p, box, placed, i);
        memmove(placed + at + 1, placed + at,
                (size_t)(i - at) * sizeof *placed);
        placed[at] = order[i];
        if (box->offset + box->bytes > top) top = box->offset + box->bytes;
    }
    return top;
}

/* Boxes that hold something. */
static int list_boxes(const struct planner *p, int *list) {
    int n = 0;
    for (int i = 0; i < p->n_blobs + p->n_steps; i++) {
        const struct box *box = &p->boxes[i];
        if (box->first <= box->last && box->bytes > 0) list[n++] = i;
    }
    return n;
}

static enum cut_status too_large(struct planner *p) {
    return status_fail(p->err, CUT_TOO_LARGE,
                       "the activations do not fit an address space");
}

/* So that no sum of offsets below can wrap. */
static enum cut_status check_total(struct planner *p, const int *list, int n) {
    uint64_t total = 0;
    for (int i = 0; i < n; i++)
        if (__builtin_add_overflow(total, p->boxes[list[i]].bytes, &total) ||
            total > UINT64_MAX / 4)
            return too_large(p);
    return CUT_OK;
}

enum cut_status plan_place(struct planner *p, size_t *arena_bytes) {
    size_t n_all = (size_t)(p->n_blobs + p->n_steps);
    int *list = ARENA_NEW(p->arena, n_all, int);
    int *placed = ARENA_NEW(p->arena, n_all + 1, int);
    double *keys = ARENA_NEW(p->arena, n_all, double);
    uint64_t *best = ARENA_NEW(p->arena, n_all, uint64_t);
    if (!list || !placed || !keys || !best)
        return status_fail(p->err, CUT_NO_MEMORY, "plan: no memory");
    make_boxes(p);
    count_live(p);
    int n = list_boxes(p, list);
    enum cut_status status = check_total(p, list, n);
    if (status) return status;

    uint64_t lowest = UINT64_MAX;
    for (enum order order = 0; order < N_ORDERS; order++) {
        for (size_t i = 0; i < n_all; i++)
            keys[i] = order_key(p, &p->boxes[i], order);
        sort_boxes(list, keys, n);
        uint64_t top = place_in_order(p, list, n, placed);
        if (top >= lowest) continue;
        lowest = top;
        for (size_t i = 0; i < n_all; i++) best[i] = p->boxes[i].offset;
    }
    for (size_t i = 0; i < n_all; i++) p->boxes[i].offset = best[i];
    if (lowest > SIZE_MAX / 2) return too_large(p);
    *arena_bytes = (size_t)lowest;
    return CUT_OK;
}
