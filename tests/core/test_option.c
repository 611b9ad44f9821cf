/* Option tables: what is accepted, what is stored, what is said about the rest. */
#include "evenkeel/option.h"

#include "evenkeel/time.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- scalars ---- */

struct scalar_case {
    enum ek_option_type type;
    const char *json;
    int64_t value;
    const char *why; /* NULL: accepted */
};

#define LONG_DURATION "expected a duration such as \"250ms\", found "

static const struct scalar_case scalar_cases[] = {
    {EK_OPTION_BOOL, "true", 1, NULL},
    {EK_OPTION_BOOL, "0", 0, "expected true or false, found 0"},
    {EK_OPTION_INTEGER, "-7", -7, NULL},
    {EK_OPTION_INTEGER, "5.0", 5, NULL},
    {EK_OPTION_INTEGER, "1.5", 0, "expected a whole number, found 1.5"},
    {EK_OPTION_INTEGER, "\"3\"", 0, "expected a whole number, found \"3\""},
    {EK_OPTION_INTEGER, "1e300", 0, "expected a whole number, found 1e300"},
    {EK_OPTION_DURATION, "\"250ms\"", 250 * EK_MS, NULL},
    {EK_OPTION_DURATION, "\"1.5s\"", 1500 * EK_MS, NULL},
    {EK_OPTION_DURATION, "\"2m\"", 120 * EK_S, NULL},
    {EK_OPTION_DURATION, "\"0.5h\"", 1800 * EK_S, NULL},
    {EK_OPTION_DURATION, "\"7ns\"", 7, NULL},
    {EK_OPTION_DURATION, "\"0.001us\"", 1, NULL},
    {EK_OPTION_DURATION, "\"0.000000001s\"", 1, NULL},
    {EK_OPTION_DURATION, "\"00000000000000000000001s\"", EK_S, NULL},
    /* 999,999 h = 3,599,996,400 s: the longest in hours, and below 2^63 ns */
    {EK_OPTION_DURATION, "\"999999h\"", INT64_C(3599996400) * EK_S, NULL},
    {EK_OPTION_DURATION, "\"1000000h\"", 0, LONG_DURATION "\"1000000h\"; it is too large"},
    {EK_OPTION_DURATION, "\"99999999999999999999999s\"", 0,
     LONG_DURATION "\"99999999999999999999999s\"; it is too large"},
    {EK_OPTION_DURATION, "\"0.5ns\"", 0, LONG_DURATION "\"0.5ns\"; it has too many decimals"},
    {EK_OPTION_DURATION, "10", 0, LONG_DURATION "10; a duration needs a unit: \"10s\""},
    {EK_OPTION_DURATION, "\"10\"", 0, LONG_DURATION "\"10\"; a duration needs a unit: \"10s\""},
    {EK_OPTION_DURATION, "-10", 0, LONG_DURATION "-10; it cannot be negative"},
    {EK_OPTION_DURATION, "\"-5s\"", 0, LONG_DURATION "\"-5s\"; it cannot be negative"},
    {EK_OPTION_DURATION, "\"5 s\"", 0, LONG_DURATION "\"5 s\""},
    {EK_OPTION_DURATION, "\"\"", 0, LONG_DURATION "\"\""},
    {EK_OPTION_DURATION, "\"5.s\"", 0, LONG_DURATION "\"5.s\""},
    {EK_OPTION_DURATION, "\".5s\"", 0, LONG_DURATION "\".5s\""},
    {EK_OPTION_DURATION, "\"1,5s\"", 0, LONG_DURATION "\"1,5s\""},
    {EK_OPTION_DURATION, "\"1e3s\"", 0, LONG_DURATION "\"1e3s\""},
    {EK_OPTION_DURATION, "null", 0, LONG_DURATION "null"},
    {EK_OPTION_DURATION, "[]", 0, LONG_DURATION "a list"},
    {EK_OPTION_DURATION, "{}", 0, LONG_DURATION "an object"},
    {EK_OPTION_SHARE, "\"99.9%\"", 999000, NULL},
    {EK_OPTION_SHARE, "\"95.455%\"", 954550, NULL},
    {EK_OPTION_SHARE, "\"0.0001%\"", 1, NULL},
    {EK_OPTION_SHARE, "99.9", 0,
     "expected a share such as \"99.9%\", found 99.9; a share needs a percent sign: \"99.9%\""},
    {EK_OPTION_RATE, "\"500/s\"", 500000000, NULL},
    {EK_OPTION_RATE, "\"90/m\"", 1500000, NULL},
    {EK_OPTION_RATE, "\"1/m\"", 16667, NULL}, /* 1e6 / 60 = 16,666.67 */
    {EK_OPTION_RATE, "\"0.5/s\"", 500000, NULL},
    {EK_OPTION_RATE, "500", 0,
     "expected a rate such as \"500/s\", found 500; a rate needs a unit: \"500/s\""},
    {EK_OPTION_DECIMAL, "1.6", 1600, NULL},
    {EK_OPTION_DECIMAL, "2", 2000, NULL},
    {EK_OPTION_DECIMAL, "-0.25", -250, NULL},
    {EK_OPTION_DECIMAL, "9223372036854775807", 0,
     "expected a number such as 1.6, found 9223372036854775807"},
};

static void scalars_are_read_exactly_or_refused_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scalar_cases / sizeof scalar_cases[0]; i++) {
        const struct scalar_case *c = &scalar_cases[i];
        json_t *json = json_loads(c->json, JSON_DECODE_ANY, NULL);
        char why[224] = "";
        int64_t value = 4711;

        bool accepted = ek_option_scalar(c->type, json, &value, why, sizeof why);

        print_message("%s\n", c->json);
        assert_int_equal(accepted, c->why == NULL);
        if (accepted) {
            assert_int_equal(value, c->value);
        } else {
            assert_int_equal(value, 4711);
            assert_string_equal(why, c->why);
        }
        json_decref(json);
    }
}

static void a_long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char text[256] = "", why[224];
    for (int i = 0; i < 60; i++)
        strcat(text, "\xe2\x82\xac"); /* euro signs, three bytes each */
    json_t *json = json_string(text);

    assert_false(ek_option_scalar(EK_OPTION_DURATION, json, &(int64_t){0}, why, sizeof why));

    json_t *as_json = json_string(why); /* refuses invalid UTF-8 */
    assert_non_null(as_json);
    assert_true(strlen(why) < 128);
    json_decref(as_json);
    json_decref(json);
}

/* ---- tables ---- */

enum {
    SHAPE_FLAT,
    SHAPE_ROUND
};

struct inner {
    int64_t size;
};

struct shape {
    int kind;
    int64_t flat_ns;
    struct inner round;
};

struct thing {
    char *name;
    int64_t count, delay_ns, share;
    bool is_fast;
    int colour;
    struct shape shape;
    struct inner inner;
    struct ek_list items, names;
    json_t *rest;
};

static const struct ek_option inner_options[] = {
    {.name = "size", .type = EK_OPTION_INTEGER, .fallback = "7", .max = 9},
    {.name = NULL},
};

static const struct ek_option required_options[] = {
    {.name = "size", .type = EK_OPTION_INTEGER, .required = true},
    {.name = NULL},
};

static const struct ek_option shape_options[] = {
    {.name = "flat", .type = EK_OPTION_DURATION, .offset = offsetof(struct shape, flat_ns)},
    {.name = "round",
     .type = EK_OPTION_OBJECT,
     .offset = offsetof(struct shape, round),
     .fields = inner_options},
    {.name = NULL},
};

static const char *const colours[] = {"red", "green", "blue", NULL};

#define AT(member) .offset = offsetof(struct thing, member)
static const struct ek_option thing_options[] = {
    {.name = "name", .type = EK_OPTION_STRING, AT(name), .fallback = "\"nobody\"", .min = 1},
    {.name = "count", .type = EK_OPTION_INTEGER, AT(count), .min = -1, .max = 100},
    {.name = "delay", .type = EK_OPTION_DURATION, AT(delay_ns), .min = 1, .max = EK_S},
    {.name = "share", .type = EK_OPTION_SHARE, AT(share), .max = 1000000},
    {.name = "fast", .type = EK_OPTION_BOOL, AT(is_fast), .fallback = "true"},
    {.name = "colour", .type = EK_OPTION_WORD, AT(colour), .words = colours},
    {.name = "shape",
     .type = EK_OPTION_VARIANT,
     AT(shape),
     .fallback = "\"3ms\"",
     .fields = shape_options},
    {.name = "inner", .type = EK_OPTION_OBJECT, AT(inner), .fields = inner_options},
    {.name = "items",
     .type = EK_OPTION_LIST,
     AT(items),
     .item = EK_OPTION_OBJECT,
     .item_size = sizeof(struct inner),
     .fields = required_options,
     .count_max = 3},
    {.name = "names",
     .type = EK_OPTION_LIST,
     AT(names),
     .item = EK_OPTION_STRING,
     .item_size = sizeof(char *),
     .min = 1},
    {.name = "rest", .type = EK_OPTION_JSON, AT(rest)},
    {.name = NULL},
};

static struct ek_errors read_thing(const char *text, struct thing *out)
{
    struct ek_errors errors = {0};
    json_t *json = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    assert_true(json || !text);
    *out = (struct thing){0};
    ek_option_read(thing_options, json, "", out, &errors);
    json_decref(json);
    return errors;
}

static void absent_members_take_their_fallback(void **state)
{
    (void)state;
    struct thing thing;

    struct ek_errors errors = read_thing("{}", &thing);

    assert_int_equal(errors.count, 0);
    assert_string_equal(thing.name, "nobody");
    assert_true(thing.is_fast);
    assert_int_equal(thing.shape.kind, SHAPE_FLAT);
    assert_int_equal(thing.shape.flat_ns, 3 * EK_MS);
    assert_int_equal(thing.inner.size, 7);
    assert_int_equal(thing.items.count, 0);
    assert_null(thing.rest);
    ek_option_release(thing_options, &thing);
    assert_null(thing.name);
}

static void present_members_are_stored_at_their_offsets(void **state)
{
    (void)state;
    struct thing thing;

    struct ek_errors errors = read_thing(
        "{\"name\": \"x\", \"count\": -1, \"delay\": \"1s\", \"fast\": false, \"share\": "
        "\"100%\", \"colour\": \"blue\", \"shape\": {\"round\": {\"size\": 2}},"
        "\"items\": [{\"size\": 4}, {\"size\": 5}], \"names\": \"alone\","
        "\"rest\": [1, {\"any\": null}]}",
        &thing);

    assert_int_equal(errors.count, 0);
    assert_string_equal(thing.name, "x");
    assert_int_equal(thing.count, -1);
    assert_int_equal(thing.delay_ns, EK_S);
    assert_int_equal(thing.share, 1000000);
    assert_false(thing.is_fast);
    assert_int_equal(thing.colour, 2);
    assert_int_equal(thing.shape.kind, SHAPE_ROUND);
    assert_int_equal(thing.shape.round.size, 2);
    assert_int_equal(thing.items.count, 2);
    assert_int_equal(((struct inner *)thing.items.items)[1].size, 5);
    assert_int_equal(thing.names.count, 1);
    assert_string_equal(((char **)thing.names.items)[0], "alone");
    assert_int_equal(json_array_size(thing.rest), 2);
    ek_option_release(thing_options, &thing);
    assert_null(thing.items.items);
}

struct complaint {
    const char *json, *path, *text;
    bool is_key;
};

static const struct complaint complaints[] = {
    {"{\"nmae\": \"x\"}", "/nmae", "unknown key \"nmae\"; did you mean \"name\"?", true},
    {"{\"a/b~c\": 1}", "/a~1b~0c",
     "unknown key \"a/b~c\"; possible: name, count, delay, share, fast, colour, shape, inner, "
     "items, "
     "names, rest",
     true},
    {"{\"items\": [{\"size\": 1}, {\"siez\": 1, \"size\": 2}]}", "/items/1/siez",
     "unknown key \"siez\" in item; did you mean \"size\"?", true},
    {"{\"inner\": {\"sise\": 1}}", "/inner/sise",
     "unknown key \"sise\" in inner; did you mean \"size\"?", true},
    {"{\"items\": {}}", "/items", "\"size\" is missing in items", false},
    {"{\"items\": [{\"size\": 1}, 3]}", "/items/1", "\"item\": expected an object, {...}", false},
    {"{\"items\": [{\"size\":1},{\"size\":1},{\"size\":1},{\"size\":1}]}", "/items",
     "\"items\": at most 3 are allowed, found 4", false},
    {"{\"names\": []}", "/names", "\"names\": at least 1 is due, found 0", false},
    {"{\"name\": \"\"}", "/name", "\"name\": must not be empty", false},
    {"{\"name\": 3}", "/name", "\"name\": expected text in double quotes", false},
    {"{\"name\": \"a\\u001b[2J\"}", "/name", "\"name\": must not contain control characters",
     false},
    {"{\"name\": \"a\\u0085\"}", "/name", "\"name\": must not contain control characters", false},
    {"{\"count\": -2}", "/count", "\"count\": -2 is too small; it must be at least -1", false},
    {"{\"count\": 101}", "/count", "\"count\": 101 is too large; it must be at most 100", false},
    {"{\"delay\": \"0s\"}", "/delay", "\"delay\": must be greater than 0", false},
    {"{\"delay\": \"1001ms\"}", "/delay", "\"delay\": 1.001 s is too large; it must be at most 1 s",
     false},
    {"{\"delay\": 5}", "/delay",
     "\"delay\": expected a duration such as \"250ms\", found 5; a duration needs a unit: \"5s\"",
     false},
    {"{\"share\": \"100.5%\"}", "/share", "\"share\": 100.5% is too large; it must be at most 100%",
     false},
    {"{\"inner\": {\"size\": -3}}", "/inner/size",
     "\"size\": -3 is negative; it must be at least 0", false},
    {"{\"colour\": \"grean\"}", "/colour",
     "\"colour\": unknown word \"grean\"; did you mean \"green\"?", false},
    {"{\"colour\": 1}", "/colour",
     "\"colour\": expected a word in double quotes; possible: red, green, blue", false},
    {"{\"shape\": {}}", "/shape", "\"shape\": exactly one member is due; possible: flat, round",
     false},
    {"{\"shape\": {\"flat\": \"1s\", \"round\": {}}}", "/shape",
     "\"shape\": exactly one member is due; possible: flat, round", false},
    {"{\"shape\": {\"rond\": {}}}", "/shape/rond",
     "unknown kind \"rond\" in shape; did you mean \"round\"?", true},
    {"{\"shape\": 7}", "/shape",
     "\"shape\": expected a duration such as \"250ms\", found 7; a duration needs a unit: \"7s\"",
     false},
    {"{\"shape\": {\"round\": {\"size\": 10}}}", "/shape/round/size",
     "\"size\": 10 is too large; it must be at most 9", false},
};

static void each_complaint_has_its_place_and_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof complaints / sizeof complaints[0]; i++) {
        const struct complaint *c = &complaints[i];
        struct thing thing;

        struct ek_errors errors = read_thing(c->json, &thing);

        print_message("%s\n", c->json);
        assert_int_equal(errors.count, 1);
        assert_string_equal(errors.items[0].text, c->text);
        assert_string_equal(errors.items[0].path, c->path);
        assert_int_equal(errors.items[0].is_key, c->is_key);
        ek_option_release(thing_options, &thing);
    }
}

static void all_complaints_come_at_once(void **state)
{
    (void)state;
    struct thing thing;

    struct ek_errors errors =
        read_thing("{\"cuont\": 1, \"delay\": 1, \"fast\": 1, \"colour\": \"\"}", &thing);

    assert_int_equal(errors.count, 4);
    ek_option_release(thing_options, &thing);
}

static void a_key_too_long_for_the_pointer_is_cut_not_written_over(void **state)
{
    (void)state;
    char text[4096] = "{\"";
    memset(text + 2, 'k', 4000);
    strcpy(text + 4002, "\": 1}");
    struct thing thing;

    struct ek_errors errors = read_thing(text, &thing);

    assert_int_equal(errors.count, 1);
    assert_true(errors.items[0].is_key);
    assert_true(strlen(errors.items[0].path) < sizeof errors.items[0].path);
    ek_option_release(thing_options, &thing);
}

/* One letter before euro signs of three bytes each, then two: a cut at any byte would fall into a
 * sign in one of the cases. */
static void a_key_is_cut_between_characters(void **state)
{
    (void)state;
    for (int letters = 0; letters < 3; letters++) {
        char text[1024];
        struct thing thing;
        struct ek_errors errors;
        json_t *as_json;

        snprintf(text, sizeof text, "{\"%.*s", letters, "kkk");
        for (int i = 0; i < 200; i++)
            strcat(text, "\xe2\x82\xac");
        strcat(text, "\": 1}");
        errors = read_thing(text, &thing);
        assert_int_equal(errors.count, 1);
        as_json = json_string(errors.items[0].text); /* refuses invalid UTF-8 */
        assert_non_null(as_json);
        json_decref(as_json);
        ek_option_release(thing_options, &thing);
    }
}

/* ---- words and texts for people ---- */

static void the_nearest_word_is_suggested_only_when_it_is_near(void **state)
{
    (void)state;
    static const char *const words[] = {"target", "kind", "round_robin", "p2c", "refuse", NULL};

    assert_string_equal(ek_suggest("taget", words), "target");
    assert_string_equal(ek_suggest("refusse", words), "refuse");
    assert_string_equal(ek_suggest("kidn", words), "kind"); /* a swap counts once */
    assert_string_equal(ek_suggest("Round-Robin", words), "round_robin");
    assert_string_equal(ek_suggest("round", words), "round_robin"); /* the beginning of one */
    assert_string_equal(ek_suggest("p3c", words), "p2c");
    assert_null(ek_suggest("", words));
    assert_null(ek_suggest("xyz", words));
    assert_null(ek_suggest("completely-different", words));
    assert_string_equal(ek_suggest("kin", (const char *const[]){"", "kind", NULL}), "kind");
}

static void durations_are_told_in_four_digits(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {
        {0, "0 ns"},
        {999, "999 ns"},
        {1000, "1 us"},
        {167 * EK_MS, "167 ms"},
        {1234567, "1.235 ms"},
        {12345678, "12.35 ms"},
        {123456789, "123.5 ms"},
        {999960000, "1 s"}, /* 999.96 ms is 1000 ms in four digits */
        {1500 * EK_MS, "1.5 s"},
        {90 * EK_S, "90 s"},
        {3600 * EK_S, "3600 s"},
        {36000 * EK_S, "10 h"},
        {-250 * EK_MS, "-250 ms"},
        {INT64_C(3599996400) * EK_S, "1000000 h"},
        {INT64_MAX, "never"},
        {INT64_MIN, "-2562000 h"}, /* 2^63 ns = 2,562,047.8 h */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        assert_string_equal(ek_duration_text(cases[i].ns, text, sizeof text), cases[i].text);
    }
}

static void what_is_no_number_is_told_as_it_stands(void **state)
{
    static const struct {
        enum ek_option_type type;
        const char *json, *found;
    } cases[] = {
        {EK_OPTION_INTEGER, "false", "found false"},
        {EK_OPTION_INTEGER, "true", "found true"},
        {EK_OPTION_DECIMAL, "null", "found null"},
        {EK_OPTION_DECIMAL, "1e300", "found 1e300"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *json = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        char why[224];
        int64_t value;

        assert_false(ek_option_scalar(cases[i].type, json, &value, why, sizeof why));
        if (strstr(why, cases[i].found) == NULL)
            fail_msg("%s: %s", cases[i].json, why);
        json_decref(json);
    }
}

static bool matches(enum ek_option_type type, int64_t max, const char *text)
{
    char pattern[320];
    regex_t compiled;
    bool is_match;

    assert_ptr_equal(ek_option_pattern(type, 0, max, pattern, sizeof pattern), pattern);
    assert_int_equal(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB), 0);
    is_match = regexec(&compiled, text, 0, NULL, 0) == 0;
    regfree(&compiled);
    return is_match;
}

/* The published schema accepts what the reader does. Where 0 is not allowed the pattern looks
 * ahead, which POSIX cannot. */
static void patterns_match_what_is_accepted(void **state)
{
    static const struct {
        enum ek_option_type type;
        int64_t max;
        const char *text;
        bool is_match;
    } cases[] = {
        {EK_OPTION_DURATION, INT64_MAX, "250ms", true},
        {EK_OPTION_DURATION, INT64_MAX, "1.5s", true},
        {EK_OPTION_DURATION, INT64_MAX, "0.5h", true},
        {EK_OPTION_DURATION, INT64_MAX, "007ns", true},
        {EK_OPTION_DURATION, INT64_MAX, "1.5ns", false},
        {EK_OPTION_DURATION, INT64_MAX, "5", false},
        {EK_OPTION_DURATION, INT64_MAX, "1 s", false},
        {EK_OPTION_DURATION, INT64_MAX, "-1s", false},
        {EK_OPTION_SHARE, 1000000, "100%", true},
        {EK_OPTION_SHARE, 1000000, "12.5%", true},
        {EK_OPTION_SHARE, 1000000, "0.0001%", true},
        {EK_OPTION_SHARE, 1000000, "101%", false},
        {EK_OPTION_SHARE, 1000000, "12.5", false},
        {EK_OPTION_RATE, INT64_MAX, "5/s", true},
        {EK_OPTION_RATE, INT64_MAX, "5/y", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (matches(cases[i].type, cases[i].max, cases[i].text) != cases[i].is_match)
            fail_msg("%s", cases[i].text);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *json = json_string(cases[i].text);
        char why[224];
        int64_t value;

        assert_int_equal(ek_option_scalar(cases[i].type, json, &value, why, sizeof why) &&
                             value >= 0 && value <= cases[i].max,
                         cases[i].is_match);
        json_decref(json);
    }
}

static void texts_have_a_limit_and_other_types_no_pattern(void **state)
{
    static const struct ek_option rows[] = {
        {.name = "text", .type = EK_OPTION_STRING, .max = 3, .text = "Three bytes."},
        {0},
    };
    struct ek_errors errors = {0};
    json_t *json = json_pack("{s:s}", "text", "four");
    char *text = NULL, pattern[320];

    (void)state;
    ek_option_read(rows, json, "", &text, &errors);
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.items[0].text, "\"text\": is longer than 3 bytes");
    assert_null(text);
    json_decref(json);
    assert_null(ek_option_pattern(EK_OPTION_BOOL, 0, 0, pattern, sizeof pattern));
    assert_null(ek_option_pattern(EK_OPTION_STRING, 0, 0, pattern, sizeof pattern));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_are_read_exactly_or_refused_with_a_reason),
        cmocka_unit_test(a_long_text_is_cut_between_characters),
        cmocka_unit_test(absent_members_take_their_fallback),
        cmocka_unit_test(present_members_are_stored_at_their_offsets),
        cmocka_unit_test(each_complaint_has_its_place_and_words),
        cmocka_unit_test(all_complaints_come_at_once),
        cmocka_unit_test(a_key_too_long_for_the_pointer_is_cut_not_written_over),
        cmocka_unit_test(a_key_is_cut_between_characters),
        cmocka_unit_test(the_nearest_word_is_suggested_only_when_it_is_near),
        cmocka_unit_test(durations_are_told_in_four_digits),
        cmocka_unit_test(what_is_no_number_is_told_as_it_stands),
        cmocka_unit_test(patterns_match_what_is_accepted),
        cmocka_unit_test(texts_have_a_limit_and_other_types_no_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
