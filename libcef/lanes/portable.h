/* SPDX-License-Identifier: Apache-2.0 */
/* Inside room lanes: the operations on vectors of the compiler, which it splits into what the machine has. Masks are -1
 * or 0 a lane. */
#ifndef CEF_LANES_PORTABLE_H
#define CEF_LANES_PORTABLE_H

typedef lane_longs lane_mask;
typedef cef_index lane_ints __attribute__((vector_size(32)));

LANES_INLINE lane_mask mask_first(cef_index count)
{
    return (lane_longs){0, 1, 2, 3, 4, 5, 6, 7} < (lane_longs){count, count, count, count, count, count, count, count};
}
LANES_INLINE lane_mask mask_and(lane_mask a, lane_mask b) { return a & b; }
LANES_INLINE lane_mask mask_or(lane_mask a, lane_mask b) { return a | b; }
LANES_INLINE lane_mask mask_without(lane_mask a, lane_mask b) { return a & ~b; }
LANES_INLINE bool mask_any(lane_mask a) { return (a[0] | a[1] | a[2] | a[3] | a[4] | a[5] | a[6] | a[7]) != 0; }
LANES_INLINE cef_index mask_count(lane_mask a)
{
    return (cef_index) - (a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7]);
}
LANES_INLINE bool mask_at(lane_mask a, int k) { return a[k] != 0; }
LANES_INLINE uint64_t mask_bytes(lane_mask a)
{
    uint64_t bytes = 0;
    for (int k = 0; k < LANES; k++)
        bytes |= (uint64_t) (a[k] & 1) << 8 * k;
    return bytes;
}
LANES_INLINE lane_mask bytes_equal(const uint8_t *bytes, uint8_t value)
{
    lane_longs a;
    for (int k = 0; k < LANES; k++)
        a[k] = bytes[k] == value ? -1 : 0;
    return a;
}

LANES_INLINE lanes lanes_load(const double *p)
{
    lanes a;
    memcpy(&a, p, sizeof a);
    return a;
}
LANES_INLINE lanes lanes_of_halves(const double *low, const double *high) /* four doubles each */
{
    typedef double half __attribute__((vector_size(32)));
    half a, b;
    memcpy(&a, low, sizeof a);
    memcpy(&b, high, sizeof b);
    return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7);
}
LANES_INLINE lanes lanes_load_where(lane_mask m, const double *p)
{
    lanes a;
    for (int k = 0; k < LANES; k++)
        a[k] = m[k] ? p[k] : 0.0;
    return a;
}
LANES_INLINE void lanes_store(double *p, lanes a) { memcpy(p, &a, sizeof a); }
LANES_INLINE void lanes_store_where(lane_mask m, double *p, lanes a)
{
    for (int k = 0; k < LANES; k++)
        if (m[k])
            p[k] = a[k];
}
LANES_INLINE lane_ints ints_load(const cef_index *p)
{
    lane_ints a;
    memcpy(&a, p, sizeof a);
    return a;
}
LANES_INLINE lane_ints ints_load_where(lane_mask m, const cef_index *p)
{
    lane_ints a;
    for (int k = 0; k < LANES; k++)
        a[k] = m[k] ? p[k] : 0;
    return a;
}
LANES_INLINE void ints_store(cef_index *p, lane_ints a) { memcpy(p, &a, sizeof a); }
LANES_INLINE void ints_store_where(lane_mask m, cef_index *p, lane_ints a)
{
    for (int k = 0; k < LANES; k++)
        if (m[k])
            p[k] = a[k];
}
LANES_INLINE lane_ints ints_all(cef_index a) { return (lane_ints){a, a, a, a, a, a, a, a}; }
LANES_INLINE lane_ints ints_or(lane_ints a, lane_ints b) { return a | b; }
LANES_INLINE lane_ints ints_select(lane_mask m, lane_ints a, lane_ints b)
{
    lane_ints c;
    for (int k = 0; k < LANES; k++)
        c[k] = m[k] ? a[k] : b[k];
    return c;
}
LANES_INLINE lane_mask ints_equal(lane_ints a, lane_ints b)
{
    lane_longs c;
    for (int k = 0; k < LANES; k++)
        c[k] = a[k] == b[k] ? -1 : 0;
    return c;
}
LANES_INLINE lanes lanes_of_ints(lane_ints a) { return (lanes){a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]}; }
LANES_INLINE lanes lanes_pick(const double *p, const cef_index *at)
{
    return (lanes){p[at[0]], p[at[1]], p[at[2]], p[at[3]], p[at[4]], p[at[5]], p[at[6]], p[at[7]]};
}
LANES_INLINE lanes pick_member(const double *p, const cef_index *at) /* of structs of four doubles */
{
    lanes a;
    for (int k = 0; k < LANES; k++)
        a[k] = p[4 * (int64_t) at[k]];
    return a;
}
LANES_INLINE void lanes_pick2(const double *p, const cef_index *at, lanes *a, lanes *b)
{
    *a = pick_member(p, at);
    *b = pick_member(p + 1, at);
}
LANES_INLINE void lanes_pick4(const double *p, const cef_index *at, lanes *a, lanes *b, lanes *c, lanes *d)
{
    lanes_pick2(p, at, a, b);
    lanes_pick2(p + 2, at, c, d);
}

LANES_INLINE lanes lanes_all(double a) { return (lanes){a, a, a, a, a, a, a, a}; }
LANES_INLINE lanes lanes_add(lanes a, lanes b) { return a + b; }
LANES_INLINE lanes lanes_sub(lanes a, lanes b) { return a - b; }
LANES_INLINE lanes lanes_mul(lanes a, lanes b) { return a * b; }
LANES_INLINE lanes lanes_div(lanes a, lanes b) { return a / b; }
LANES_INLINE lanes lanes_neg(lanes a) { return -a; }

LANES_INLINE lane_mask lanes_less(lanes a, lanes b) { return a < b; }
LANES_INLINE lane_mask lanes_at_most(lanes a, lanes b) { return a <= b; }
LANES_INLINE lane_mask lanes_same(lanes a, lanes b) { return a == b; }
LANES_INLINE lane_mask lanes_opposed(lanes a, lanes b) /* signs differ, those of zeros too */
{
    return ((lane_longs) a ^ (lane_longs) b) < 0;
}
LANES_INLINE lanes lanes_select(lane_mask m, lanes a, lanes b)
{
    return (lanes) ((m & (lane_longs) a) | (~m & (lane_longs) b));
}
LANES_INLINE lanes lanes_where(lane_mask m, lanes a) { return (lanes) (m & (lane_longs) a); }
/* a / b where the mask holds, and nothing that could be felt elsewhere. */
LANES_INLINE lanes lanes_divide(lane_mask m, lanes a, lanes b, lanes otherwise)
{
    const lanes one = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0};
    return lanes_select(m, a / lanes_select(m, b, one), otherwise);
}
LANES_INLINE lanes lanes_abs(lanes a)
{
    const int64_t m = INT64_MAX;
    return (lanes) ((lane_longs) a & (lane_longs){m, m, m, m, m, m, m, m});
}
LANES_INLINE lanes lanes_lesser(lanes a, lanes b) { return lanes_select(a < b, a, b); }
LANES_INLINE lanes lanes_greater(lanes a, lanes b) { return lanes_select(a > b, a, b); }
/* The lesser or the greater of both where the mask holds, else b. */
LANES_INLINE lanes lanes_lesser_where(lane_mask m, lanes a, lanes b) { return lanes_select(m & (a < b), a, b); }
LANES_INLINE lanes lanes_greater_where(lane_mask m, lanes a, lanes b) { return lanes_select(m & (a > b), a, b); }
enum { LANES_PAST_CACHES = 0 };
LANES_INLINE lanes lanes_join(lanes a, lanes b, cef_index shift)
{
    double both[2 * LANES];
    memcpy(both, &a, sizeof a);
    memcpy(both + LANES, &b, sizeof b);
    return lanes_load(both + shift);
}
LANES_INLINE void lanes_store_past(double *p, lanes a) { lanes_store(p, a); }
LANES_INLINE lane_mask lanes_same_bits(lanes a, lanes b) { return (lane_longs) a == (lane_longs) b; }

LANES_INLINE void lanes_load_pairs(const double *p, lanes *a, lanes *b)
{
    *a = (lanes){p[0], p[2], p[4], p[6], p[8], p[10], p[12], p[14]};
    *b = (lanes){p[1], p[3], p[5], p[7], p[9], p[11], p[13], p[15]};
}
LANES_INLINE void lanes_store4(double *p, lanes a, lanes b, lanes c, lanes d)
{
    for (int k = 0; k < LANES; k++, p += 4) {
        p[0] = a[k];
        p[1] = b[k];
        p[2] = c[k];
        p[3] = d[k];
    }
}

#endif /* CEF_LANES_PORTABLE_H */
