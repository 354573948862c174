/* SPDX-License-Identifier: Apache-2.0 */
/* Randomness of synthetic grids: a pure function of (key, topic, index), so that every decision is the same on every
 * machine and in whatever order it is taken. The mixer is the finaliser of splitmix64 (Steele, Lea, Flood 2014). */
#ifndef CEF_GENERATE_CHANCE_H
#define CEF_GENERATE_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

/* What a number is drawn for. Appending is free; reordering changes every grid. */
typedef enum {
    TOPIC_KEY = 1,
    TOPIC_TOWN_START,
    TOPIC_LOOP_TOWN,
    TOPIC_LOOP_LENGTH,
    TOPIC_LOOP_WAY,
    TOPIC_LOOP_FLOW,
    TOPIC_DEAD,
    TOPIC_HEIGHT,
    TOPIC_HILL,
    TOPIC_PARENT,
    TOPIC_MESH,
    TOPIC_MESH_END,
    TOPIC_CIRCUIT,
    TOPIC_LINK,
    TOPIC_LINK_END,
    TOPIC_SIDE,
    TOPIC_BRANCH_KIND,
    TOPIC_WEIGHT,
    TOPIC_LOSS,
    TOPIC_UNIT,
    TOPIC_UNIT_SIZE,
    TOPIC_UNIT_IDLE,
    TOPIC_UNIT_PAIR,
    TOPIC_FUEL,
    TOPIC_INTENSITY,
    TOPIC_LOAD,
    TOPIC_LOAD_SIZE,
    TOPIC_LOAD_NEGATIVE,
    TOPIC_SHUFFLE_BUS,
    TOPIC_SHUFFLE_BRANCH,
    TOPIC_SHUFFLE_GEN,
    TOPIC_SHUFFLE_LOAD
} chance_topic;

static inline uint64_t chance(uint64_t key, chance_topic topic, uint64_t index)
{
    uint64_t z = key + UINT64_C(0x9E3779B97F4A7C15) * (index + 1) + UINT64_C(0xD1B54A32D192ED03) * (uint64_t) topic;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* Uniform in 0..limit-1 (limit >= 1). */
static inline uint32_t chance_below(uint64_t key, chance_topic topic, uint64_t index, uint32_t limit)
{
    return (uint32_t) (((chance(key, topic, index) >> 32) * limit) >> 32);
}

/* True `per_mille` times out of 1000. */
static inline bool chance_is(uint64_t key, chance_topic topic, uint64_t index, uint32_t per_mille)
{
    return chance_below(key, topic, index, 1000) < per_mille;
}

#endif /* CEF_GENERATE_CHANCE_H */
