/*
 * kernel_host.h - write the body of a loop in C, and let KernelHost call it.
 *
 * A kernel is a flat struct and a step function. The struct holds the
 * parameters, the state of the loop and the results; the step function is the
 * body of the loop. The host owns the bytes of the struct and makes the calls:
 *
 *     #include "kernel_host.h"
 *
 *     typedef struct {
 *         int64_t n;      // parameter
 *         int64_t i;      // loop state
 *         double  sum;    // result
 *     } harmonic;
 *
 *     static int harmonic_step(kh_call *call, void *state) {
 *         harmonic *self = (harmonic *)state;
 *         (void)call;
 *         if (self->i >= self->n) return KH_DONE;
 *         self->sum += 1.0 / (double)++self->i;
 *         return KH_MORE;
 *     }
 *
 *     KH_KERNEL(harmonic,
 *         .summary  = "Sum 1 + 1/2 + ... + 1/n, a term a step.",
 *         .flags    = KH_PURE | KH_FLAT,
 *         .params   = KH_PARAMS(KH_PARAM(harmonic, n, "terms", .range = KH_AT_LEAST(0))),
 *         .results  = KH_RESULTS(KH_RESULT(harmonic, sum, "the partial sum")),
 *         .defaults = KH_DEFAULTS(harmonic, .n = 10),
 *         .step     = harmonic_step);
 *
 * That file works unchanged, compiled into the host or as a shared library.
 * An existing function of plain numbers needs one line:
 *
 *     KH_FUNCTION(hypot, double, (double, x), (double, y));
 *
 * The life of a call. All functions of a call run on one lane, one after
 * another:
 *
 *     state = defaults, then the caller's arguments
 *     setup   once in each process, before the first call there (optional)
 *     start   once        (optional)
 *     step    again and again while it returns KH_MORE
 *     finish  exactly once for each call whose start was entered (optional). A
 *             call that another host process continues has it there
 *     results are read from the struct
 *
 * Between any two steps the host may step other calls, end this one (timeout,
 * cancel, shutdown), or move its bytes to another process. A step should
 * therefore be short: a microsecond to a few milliseconds.
 *
 * What stays, and what moves. Calls run in worker processes, or in threads of
 * the host where isolation is `none`. From start to finish the addresses of
 * the kh_call, of the state, of the arguments and of memory of kh_alloc stay
 * the same. If another call kills the worker, a call of a KH_FLAT kernel
 * continues from these bytes in another process. Heap memory, open files,
 * threads and static variables are lost, and `setup` runs again. Calls of
 * other kernels begin again, or are lost.
 *
 * A static variable exists once in each process, with the library's initial
 * value. All calls that run in that process share it. Which calls these are is
 * not defined, so no result may depend on it. Where isolation is `none` several
 * threads may use it at the same time. Use `setup` for shared data instead.
 *
 * Words in brackets say where a function may be called:
 *   [lane]    from start, step and finish, on the thread that called them
 *   [loader]  by the host, once, after the library was loaded
 *
 * Plain C11 that is also valid C++17. gcc and clang; Linux.
 */
#ifndef KERNEL_HOST_H
#define KERNEL_HOST_H

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------- version --- */

/* A host takes kernels of its own major version, and of any minor version up to its own. Structs
 * grow only at their ends, and each kernel tells how large its own are. So files with different
 * headers may be linked into one library. A kernel with a newer header is taken if it leaves
 * unset (zero) everything that this host does not know. Otherwise the host refuses it, by name.
 *
 * 1.1 added: setup, teardown, kh_shared, kh_call_number, kh_attempt, kh_time_left, kh_f32_array,
 * kh_i32_array, fixed arrays, choices of integers, .given, KH_PATH, .needs_minor. */
#define KH_ABI_MAJOR 1
#define KH_ABI_MINOR 1
#define KH_MAGIC UINT64_C(0x31304c4e524b484b) /* "KHKRNL01" */

/* --------------------------------------------------------------- types --- */

/* UTF-8 text of [length] bytes. As a parameter, [data] is never NULL, and ends with a NUL that
 * [length] does not count. It belongs to the host and lives as long as the call. As a result,
 * [data] may point into the state, into memory of kh_alloc, or to a string constant. The host
 * copies it after finish. NULL with length 0 is the empty text. */
typedef struct kh_text {
    const char *data;
    size_t length;
} kh_text;

/* Any bytes. Ownership as for kh_text, without the NUL. */
typedef struct kh_bytes {
    const uint8_t *data;
    size_t length;
} kh_bytes;

/* [count] numbers. As a parameter the array belongs to this call alone and lives as long as the
 * call, so a kernel may work in place. As a result, ownership is as for kh_text. NULL with count
 * 0 is the empty array. */
typedef struct kh_i64_array {
    int64_t *data;
    size_t count;
} kh_i64_array;

typedef struct kh_f64_array {
    double *data;
    size_t count;
} kh_f64_array;

typedef struct kh_i32_array { /* since 1.1 */
    int32_t *data;
    size_t count;
} kh_i32_array;

typedef struct kh_f32_array { /* since 1.1 */
    float *data;
    size_t count;
} kh_f32_array;

/* The type of a field of the struct. KH_PARAM and KH_RESULT infer it. To the user every integer
 * is an i64 with a range, and every float an f64.
 *
 * A fixed array, such as `double y[3]`, has its count in the bits from 8 on, above the type of
 * its elements; since 1.1. An argument has exactly that many elements. Its elements are integers
 * of up to 32 bits, int64_t, floats or doubles. `uint8_t key[32]` is bytes, exactly 32.
 *
 * An integer, or an enum, with .choices is the index of one of the texts: with
 * KH_CHOICES("euler", "rk4") an argument "rk4" is a 1. A result that is not an index of a text
 * is shown as a number. Since 1.1. */
enum kh_type {
    KH_BOOL = 1,
    KH_I8 = 2, KH_I16 = 3, KH_I32 = 4, KH_I64 = 5,
    KH_U8 = 6, KH_U16 = 7, KH_U32 = 8, KH_U64 = 9,
    KH_F32 = 10, KH_F64 = 11,
    KH_TEXT = 12, KH_BYTES = 13, KH_I64_ARRAY = 14, KH_F64_ARRAY = 15,
    KH_I32_ARRAY = 16, KH_F32_ARRAY = 17 /* since 1.1 */
};
#define KH_FIXED(type, count) ((uint32_t)(type) | (uint32_t)(count) << 8)

/* The C types of fields. All that depends on types is made from these lists,
 * here and in the host: a type is added to enum kh_type and to its list.
 * X(C type, constant, type of an element, which of a number is its own). */
#define KH_NUMBER_TYPES_(X) \
    X(signed char, KH_I8, signed char) X(unsigned char, KH_U8, unsigned char) \
    X(short, KH_I16, short) X(unsigned short, KH_U16, unsigned short) \
    X(int, KH_I32, int) X(unsigned int, KH_U32, unsigned int) \
    X(long, KH_LONG_, long) X(long long, KH_I64, long long) \
    X(float, KH_F32, float) X(double, KH_F64, double)
/* What a fixed array cannot have as elements. */
#define KH_SINGLE_TYPES_(X) \
    X(bool, KH_BOOL, bool) X(unsigned long, KH_UNSIGNED_LONG_, unsigned long) \
    X(unsigned long long, KH_U64, unsigned long long)
/* A pointer and a count. */
#define KH_POINTED_TYPES_(X) \
    X(kh_text, KH_TEXT, char) X(kh_bytes, KH_BYTES, uint8_t) \
    X(kh_i64_array, KH_I64_ARRAY, int64_t) X(kh_i32_array, KH_I32_ARRAY, int32_t) \
    X(kh_f64_array, KH_F64_ARRAY, double) X(kh_f32_array, KH_F32_ARRAY, float)
#define KH_LONG_ (sizeof(long) == 8 ? KH_I64 : KH_I32)
#define KH_UNSIGNED_LONG_ (sizeof(long) == 8 ? KH_U64 : KH_U32)

/* ------------------------------------------------------- return values --- */

/* What start and step return: one of these, the result of kh_sleep, or a negative error. A
 * negative error is -errno, a code that the kernel declares (KH_CODE), or the result of kh_fail.
 * Any other value ends the call with EPROTO. */
#define KH_DONE 0 /* the call is complete; its results are in the struct */
#define KH_MORE 1 /* there is more to do */
#define KH_PARKED 2 /* only kh_sleep returns this */

/* The [n]th error code of a kernel's own, n from 1. It differs from every errno. */
#define KH_CODE(n) (-(4096 + (n)))

/* ------------------------------------------------------------ services --- */

typedef struct kh_call kh_call;

/* The host's services for a call. Use the functions below, not the table: they also work with a
 * host that is older than the kernel. */
typedef struct kh_services {
    uint64_t size; /* sizeof(kh_services) of the host */
    int (*fail)(kh_call *call, int code, const char *format, va_list arguments);
    void (*print)(kh_call *call, const char *format, va_list arguments);
    void (*progress)(kh_call *call, double fraction);
    bool (*should_stop)(kh_call *call);
    void *(*alloc)(kh_call *call, size_t size);
    int (*sleep)(kh_call *call, double seconds);
    /* Since 1.1. */
    void *(*shared)(kh_call *call);
    uint64_t (*number)(kh_call *call);
    uint32_t (*attempt)(kh_call *call);
    double (*time_left)(kh_call *call);
} kh_services;

/* Returns whether the host is new enough to have a service. */
#define KH_HAS_(call, member) \
    ((call)->services->size >= \
     offsetof(kh_services, member) + sizeof((call)->services->member))

/* One call. It is opaque except for its first member, so that a shared library needs no symbol
 * of the host. Its address stays the same from start to finish. Do not keep it past finish. */
struct kh_call {
    const kh_services *services;
};

#if defined(__GNUC__) || defined(__clang__)
#define KH_PRINTF_(text, first) __attribute__((format(printf, text, first)))
#else
#error "kernel_host.h needs gcc or clang"
#endif

/* Ends the call with an error: `return kh_fail(call, -EINVAL, "n is %d", n);` [code] is
 * negative. The message replaces the code's own text, and may be cut after 4,000 bytes. Returns
 * [code]. The last kh_fail before the end counts. [lane] */
KH_PRINTF_(3, 4)
static inline int kh_fail(kh_call *call, int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int result = call->services->fail(call, code, format, arguments);
    va_end(arguments);
    return result;
}

/* Prints text for the user, as printf does. Texts of all calls appear in the order in which they
 * were printed. What kernels write to stdout directly is separate. [lane] */
KH_PRINTF_(2, 3)
static inline void kh_print(kh_call *call, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    call->services->print(call, format, arguments);
    va_end(arguments);
}

/* Reports the progress of the call, from 0 to 1. Cheap: two stores. [lane] */
static inline void kh_progress(kh_call *call, double fraction) {
    call->services->progress(call, fraction);
}

/* Returns whether the host wants this call to end (timeout, cancel, shutdown). Only long steps
 * need this, because the host checks between steps. Cheap: two loads. [lane] */
static inline bool kh_should_stop(kh_call *call) {
    return call->services->should_stop(call);
}

/* Returns [size] zeroed bytes, aligned to 16. The call owns them, and the host frees them after
 * it has read the results. Never free them. Returns NULL if no memory is left for this call:
 * `return kh_fail(call, -ENOMEM, ...)`. [lane] */
static inline void *kh_alloc(kh_call *call, size_t size) {
    return call->services->alloc(call, size);
}

/* Sleeps and lets other calls run: `return kh_sleep(call, 0.5);`. The next step comes after at
 * least [seconds]. 0 or less: in the next pass. Infinity: until the host ends the call. NaN is
 * an error (EINVAL). [lane] */
static inline int kh_sleep(kh_call *call, double seconds) {
    return call->services->sleep(call, seconds);
}

/* Returns what the kernel's `setup` made in this process. NULL: it made nothing, or the host has
 * version 1.0. Call this in each step: the state of a KH_FLAT kernel may continue in another
 * process. [lane] */
static inline void *kh_shared(kh_call *call) {
    return KH_HAS_(call, shared) ? call->services->shared(call) : NULL;
}

/* Returns the call's number in its run, from 0, as in the records. It is useful for names of
 * files and for seeds, and the same in each attempt. Returns 0 if the host has version 1.0.
 * [lane] */
static inline uint64_t kh_call_number(kh_call *call) {
    return KH_HAS_(call, number) ? call->services->number(call) : 0;
}

/* Returns which attempt of this call is running, from 1. It is more than 1 after a retry, or
 * after the death of a worker. Returns 1 if the host has version 1.0. [lane] */
static inline uint32_t kh_attempt(kh_call *call) {
    return KH_HAS_(call, attempt) ? call->services->attempt(call) : 1;
}

/* Returns the seconds until the call's timeout or deadline, whichever is earlier; at least 0.
 * Infinity: there is no limit, or the host has version 1.0. It reads a clock, which takes about
 * 30 ns. [lane] */
static inline double kh_time_left(kh_call *call) {
    return KH_HAS_(call, time_left) ? call->services->time_left(call) : __builtin_inf();
}

/* -------------------------------------------------------- descriptions --- */

/* Tells C++ that a member may be left out. */
#ifdef __cplusplus
#define KH_OPTIONAL_ = {}
#else
#define KH_OPTIONAL_
#endif

/* The range of a number, or of each number of an array, with both ends. Not set: any number. */
typedef struct kh_range {
    double low;
    double high;
    uint32_t set; /* 0; or 1, with bits of kh_range_ends */
    uint32_t reserved;
} kh_range;

/* Ends that do not belong to a range. A host older than these includes them. */
enum kh_range_ends { KH_ABOVE_LOW = 2, KH_BELOW_HIGH = 4 };

/* A parameter or a result. */
typedef struct kh_field {
    const char *name;
    uint32_t type;   /* enum kh_type */
    uint32_t offset; /* in the state, bytes */
    const char *doc; /* one line */
    const char *unit KH_OPTIONAL_;           /* "s", "Hz", ...; NULL: no unit */
    kh_range range KH_OPTIONAL_;             /* of a number; not set: any number */
    const char *const *choices KH_OPTIONAL_; /* the allowed texts; NULL: any text */
    uint32_t required KH_OPTIONAL_;          /* 1: has no default; 0: has one */
    uint32_t reserved KH_OPTIONAL_;          /* 0 */
    /* Since 1.1. */
    /* KH_GIVEN(type, member): a bool of the state that tells whether the argument was given; 0:
     * unused */
    uint32_t given KH_OPTIONAL_;
    uint32_t flags KH_OPTIONAL_; /* KH_PATH */
} kh_field;

/* A text that names a file. A relative path in an argument starts from the folder of the
 * manifest; without a manifest, from the working folder. The kernel gets the resolved path, and
 * records have the path as written. The sandbox does not change for it. A default is not
 * resolved. Since 1.1. */
#define KH_PATH 1u

/* An error code of the kernel's own. */
typedef struct kh_error {
    const char *name;
    const char *text;
    int32_t code; /* negative */
    uint32_t reserved KH_OPTIONAL_;
} kh_error;

/* The kernel may be run again with the same arguments, to the same effect. */
#define KH_PURE 1u
/* The state has no pointers except its parameters and memory of kh_alloc. So its bytes may be
 * copied, and the call resumed from them. */
#define KH_FLAT 2u

typedef int (*kh_function)(kh_call *call, void *state);

/* Makes what the calls in this process share: a table, a plan, a connection. [*shared] is NULL;
 * set it to what kh_shared will return. Returns 0, or a negative error, which the call fails
 * with. The next call then tries again.
 *
 * It runs before the first call of the kernel in the process, in that call's time, so a timeout
 * ends a setup that hangs. Memory of kh_alloc ends with that call: use malloc. kh_sleep cannot
 * be used. Kernels with the same function share what it made. Where isolation is `none` each
 * lane is a thread, and has its own. [lane] */
typedef int (*kh_setup)(kh_call *call, void **shared);
/* Frees what setup made, when the worker ends and no call runs there. It has a second. A worker
 * that dies or is killed (also by a timeout) does not call it, so it must not do anything
 * essential. It does not change any token. */
typedef void (*kh_teardown)(void *shared);

/* A kernel. KH_KERNEL sets the first members and the sizes. Lists end with a zeroed entry. All
 * of it lives as long as the library is loaded. */
typedef struct kh_kernel {
    uint32_t size;        /* sizeof(kh_kernel) of the file */
    uint32_t state_align; /* at most 64 */
    uint64_t state_size;  /* at most 1 MiB; use kh_alloc for more */
    const char *name;
    const char *summary KH_OPTIONAL_;       /* one line, for `host kernels` */
    /* KH_PURE, KH_FLAT. A host refuses a kernel with an unknown flag, except for hints: the bits
     * from 32 on. */
    uint64_t flags KH_OPTIONAL_;
    const kh_field *params KH_OPTIONAL_;    /* NULL: takes no arguments */
    const kh_field *results KH_OPTIONAL_;   /* NULL: the result is null */
    const kh_error *errors KH_OPTIONAL_;    /* NULL: errno only */
    const void *defaults KH_OPTIONAL_;      /* a state; NULL: all zero */
    kh_function start KH_OPTIONAL_;         /* NULL: returns KH_MORE */
    kh_function step KH_OPTIONAL_;          /* required */
    /* NULL: returns 0. A negative result makes an ok call fail */
    kh_function finish KH_OPTIONAL_;
    /* Since 1.1. */
    kh_setup setup KH_OPTIONAL_;            /* NULL: the calls share nothing */
    kh_teardown teardown KH_OPTIONAL_;      /* NULL: nothing needs to be freed */
    /* an older host refuses the kernel; 0: the kernel also works there */
    uint32_t needs_minor KH_OPTIONAL_;
    uint32_t abi_minor KH_OPTIONAL_;        /* of the header that the file was compiled with */
    uint32_t field_size KH_OPTIONAL_;       /* sizeof(kh_field) there: the lists' strides */
    uint32_t error_size KH_OPTIONAL_;       /* sizeof(kh_error) there */
} kh_kernel;

/* What a library tells the host. */
typedef struct kh_library {
    uint64_t magic; /* KH_MAGIC */
    uint32_t abi_major, abi_minor;
    /* sizeof each, in one of the library's files: kernels have their own. */
    uint32_t library_size, kernel_size, field_size, error_size;
    const kh_kernel *const *begin; /* the kernels, in any order */
    const kh_kernel *const *end;
} kh_library;

/* ---------------------------------------------------- declaring kernels --- */

#if defined(__has_attribute)
#if __has_attribute(retain)
#define KH_RETAIN retain,
#endif
#endif
#ifndef KH_RETAIN
#define KH_RETAIN
#endif

/* Puts a pointer to each kernel into a section of the library. The linker gathers them, and
 * `retain` keeps it from dropping them. */
#define KH_ENTRY_ \
    __attribute__((section("kh_kernels"), KH_RETAIN used))

/* The compiler's message about a field whose type a kernel cannot have. */
#define KH_SAY_TEXT_ \
    "a text in a state is a kh_text, not a char * or a char[]: the host owns its bytes"
#define KH_SAY_NAME_(type, code, element) ", " #type
#define KH_SAY_TYPE_ \
    "a kernel cannot have a parameter or a result of this type; what it can have: bool, " \
    "integers, enums, float, double" KH_POINTED_TYPES_(KH_SAY_NAME_) " (instead of a " \
    "pointer), and fixed arrays of numbers such as double y[3] (not of uint64_t)"
#define KH_SAY_BOOL_ "what KH_GIVEN names is a bool of the state"

#ifdef __cplusplus
}

namespace kh_detail {
#define KH_TYPE_OF_(type, code, element) \
    constexpr uint32_t type_of(const type *) { return code; }
#define KH_IS_ELEMENT_(type, code, element) \
    constexpr bool is_element(const type *) { return true; }
KH_NUMBER_TYPES_(KH_TYPE_OF_)
KH_SINGLE_TYPES_(KH_TYPE_OF_)
KH_POINTED_TYPES_(KH_TYPE_OF_)
KH_NUMBER_TYPES_(KH_IS_ELEMENT_)
#undef KH_TYPE_OF_
#undef KH_IS_ELEMENT_
template <class T> constexpr bool is_element(const T *) { return __is_enum(T); }

template <class T> struct is_char { static constexpr bool value = false; };
template <> struct is_char<char> { static constexpr bool value = true; };
template <> struct is_char<const char> { static constexpr bool value = true; };

template <class T> constexpr uint32_t type_of(const T *) {
    if constexpr (__is_enum(T)) {
        return type_of(static_cast<const __underlying_type(T) *>(nullptr));
    } else {
        static_assert(__is_enum(T), KH_SAY_TYPE_);
        return 0;
    }
}
template <class T> constexpr uint32_t type_of(T *const *) {
    static_assert(!is_char<T>::value, KH_SAY_TEXT_);
    static_assert(is_char<T>::value, KH_SAY_TYPE_);
    return 0;
}
template <class T, size_t N> constexpr uint32_t type_of(T (*)[N]) {
    if constexpr (is_char<T>::value) {
        static_assert(!is_char<T>::value, KH_SAY_TEXT_);
        return 0;
    } else {
        constexpr uint32_t element = type_of(static_cast<T *>(nullptr));
        static_assert(is_element(static_cast<T *>(nullptr)) && element != KH_U64 &&
                          element != KH_BOOL, KH_SAY_TYPE_);
        return KH_FIXED(element, N);
    }
}
constexpr uint32_t given(const bool *, size_t offset) { return (uint32_t)offset + 1; }
template <class T> constexpr uint32_t given(const T *, size_t) {
    static_assert(sizeof(T) == 0, KH_SAY_BOOL_);
    return 0;
}
/* Members that come before the author's, in the order that C++ wants. */
constexpr kh_kernel complete(kh_kernel kernel) {
    kernel.abi_minor = KH_ABI_MINOR;
    kernel.field_size = (uint32_t)sizeof(kh_field);
    kernel.error_size = (uint32_t)sizeof(kh_error);
    return kernel;
}
} // namespace kh_detail

#define KH_TYPE_(T, field) kh_detail::type_of(static_cast<decltype(T::field) *>(nullptr))
#define KH_LIST_(type, ...) \
    ([]() -> const type * { static const type list[] = {__VA_ARGS__, {}}; return list; }())
#define KH_DEFAULTS(T, ...) \
    ([]() -> const void * { static const T defaults = {__VA_ARGS__}; return &defaults; }())
#define KH_CHOICES(...) \
    ([]() -> const char *const * { \
        static const char *const list[] = {__VA_ARGS__, nullptr}; return list; }())
#define KH_GIVEN(T, member) \
    kh_detail::given(static_cast<decltype(T::member) *>(nullptr), offsetof(T, member))
#define KH_CAST_(T, pointer) static_cast<T *>(pointer)
#define KH_ALIGNOF_(T) alignof(T)
#define KH_MADE_(...) kh_detail::complete(kh_kernel{__VA_ARGS__})

#else /* C */

#define KH_TYPE_(T, field) (KH_CHECKED_(T, field) + _Generic(((T *)0)->field, \
    KH_NUMBER_TYPES_(KH_IS_) KH_SINGLE_TYPES_(KH_IS_) KH_POINTED_TYPES_(KH_IS_) \
    KH_NUMBER_TYPES_(KH_DECAYS_) default: 0) + KH_COUNTED_(T, field))
#define KH_IS_(type, code, element) type: (code),
#define KH_DECAYS_(type, code, element) type *: (code),
/* The count of a fixed array; 0: the field is not an array. */
#define KH_COUNTED_(T, field) \
    (_Generic(((T *)0)->field, KH_NUMBER_TYPES_(KH_SIZES_) default: 0) == 0 ? 0 : \
     KH_FIXED(0, sizeof(((T *)0)->field) / \
              (_Generic(((T *)0)->field, KH_NUMBER_TYPES_(KH_SIZES_) default: 1))))
#define KH_SIZES_(type, code, element) type *: sizeof(type),
/* 0, or a compiler error: texts, pointers and all other types. */
#define KH_CHECKED_(T, field) \
    (0 * (uint32_t)sizeof(struct { \
        _Static_assert(_Generic(((T *)0)->field, char *: 0, const char *: 0, default: 1), \
                       KH_SAY_TEXT_); \
        _Static_assert(_Generic(&((T *)0)->field, KH_NUMBER_TYPES_(KH_POINTS_) default: 1) && \
            _Generic(((T *)0)->field, KH_NUMBER_TYPES_(KH_TAKES_) KH_SINGLE_TYPES_(KH_TAKES_) \
                KH_POINTED_TYPES_(KH_TAKES_) KH_NUMBER_TYPES_(KH_TAKES_FIXED_) \
                char *: 1, const char *: 1, default: 0), KH_SAY_TYPE_); \
        int unused; }))
#define KH_POINTS_(type, code, element) type **: 0,
#define KH_TAKES_(type, code, element) type: 1,
#define KH_TAKES_FIXED_(type, code, element) type *: 1,
#define KH_LIST_(type, ...) ((const type[]){__VA_ARGS__, {0}})
/* The default state, written as an ordinary initializer. (In C++, members that it omits need
 * initializers of their own in the struct.) */
#define KH_DEFAULTS(T, ...) (&(const T){__VA_ARGS__})
/* The texts that a text, an integer or an enum can have. */
#define KH_CHOICES(...) ((const char *const[]){__VA_ARGS__, 0})
/* .given = KH_GIVEN(type of the state, a bool of it): whether the argument was given, and is
 * not the default. */
#define KH_GIVEN(T, member) \
    ((uint32_t)offsetof(T, member) + 1 + 0 * (uint32_t)sizeof(struct { \
        _Static_assert(_Generic(((T *)0)->member, bool: 1, default: 0), KH_SAY_BOOL_); \
        int unused; }))
#define KH_CAST_(T, pointer) ((T *)(pointer))
#define KH_ALIGNOF_(T) _Alignof(T)
#define KH_MADE_(...) \
    {.abi_minor = KH_ABI_MINOR, .field_size = (uint32_t)sizeof(kh_field), \
     .error_size = (uint32_t)sizeof(kh_error), __VA_ARGS__}

#endif

/* KH_PARAM(type of the state, field, doc [, .unit, .range, .choices, .required, .given, .flags])
 * in that order in C++. */
#define KH_PARAM(T, field, ...) \
    {.name = #field, .type = KH_TYPE_(T, field), \
     .offset = (uint32_t)offsetof(T, field), .doc = __VA_ARGS__}
/* KH_RESULT(type of the state, field, doc [, .unit, .choices]) */
#define KH_RESULT(T, field, ...) KH_PARAM(T, field, __VA_ARGS__)
/* KH_ERROR(code, text): the code's name is the constant's own. */
#define KH_ERROR(error_code, error_text) \
    {.name = #error_code, .text = error_text, .code = (error_code)}

#define KH_RANGE(smallest, largest) {(smallest), (largest), 1, 0}
#define KH_AT_LEAST(smallest) {(smallest), DBL_MAX, 1, 0}
/* Excludes the bounds themselves. */
#define KH_ABOVE(bound) {(bound), DBL_MAX, 1 | KH_ABOVE_LOW, 0}
#define KH_BELOW(bound) {-DBL_MAX, (bound), 1 | KH_BELOW_HIGH, 0}
#define KH_BETWEEN(low, high) {(low), (high), 1 | KH_ABOVE_LOW | KH_BELOW_HIGH, 0}

#define KH_PARAMS(...) KH_LIST_(kh_field, __VA_ARGS__)
#define KH_RESULTS(...) KH_LIST_(kh_field, __VA_ARGS__)
#define KH_ERRORS(...) KH_LIST_(kh_error, __VA_ARGS__)

/* KH_KERNEL(name, ...): a kernel whose state is the struct type of that name. */
#define KH_KERNEL(kernel, ...) KH_KERNEL_AS(#kernel, kernel, __VA_ARGS__)

/* KH_KERNEL_AS("name", type, ...): the same under a name other than the type's. It serves
 * names that C uses already (sleep), and further kernels over one struct. Members in the order of
 * kh_kernel in C++. */
#define KH_KERNEL_AS(kernel_name, T, ...) \
    KH_NAMED_(KH_CONCAT_(T, KH_CONCAT_(_, __LINE__)), kernel_name, T, __VA_ARGS__)
#define KH_NAMED_(id, ...) KH_NAMED_2_(id, __VA_ARGS__)
#define KH_NAMED_2_(id, kernel_name, T, ...) \
    /* __extension__: designated initializers are C++20, and an extension before */ \
    __extension__ static const kh_kernel kh_kernel_##id = KH_MADE_( \
        .size = (uint32_t)sizeof(kh_kernel), .state_align = (uint32_t)KH_ALIGNOF_(T), \
        .state_size = sizeof(T), .name = kernel_name, __VA_ARGS__); \
    static const kh_kernel *const kh_entry_##id KH_ENTRY_ = &kh_kernel_##id

/* KH_FUNCTION(function, type of result, (type, parameter), ...): a kernel of one step around a
 * declared function of up to eight numbers. Every parameter is required. The result is called
 * `value`. */
#define KH_FUNCTION(function, ...) KH_FUNCTION_AS(#function, function, __VA_ARGS__)

/* KH_FUNCTION_AS("name", function, ...): the same under another name. */
#define KH_FUNCTION_AS(kernel_name, function, ...) \
    typedef struct { \
        KH_MEMBERS_(__VA_ARGS__) \
    } kh_function_##function; \
    static int kh_step_##function(kh_call *call, void *state) { \
        kh_function_##function *self = KH_CAST_(kh_function_##function, state); \
        (void)call; \
        self->value = function(KH_ARGUMENTS_(__VA_ARGS__)); \
        return KH_DONE; \
    } \
    KH_KERNEL_AS(kernel_name, kh_function_##function, \
        .summary = KH_TEXT_OF_(KH_FIRST_(__VA_ARGS__, ~) function) \
            "(" KH_PROTOTYPE_(__VA_ARGS__) ")", \
        .flags = KH_PURE | KH_FLAT, \
        .params = KH_FUNCTION_PARAMS_(kh_function_##function, __VA_ARGS__), \
        .results = KH_RESULTS(KH_RESULT(kh_function_##function, value, "what it returned")), \
        .step = kh_step_##function)

/* The rest of this part implements KH_FUNCTION: a macro for each count of parameters. */
#define KH_FIRST_(first, ...) first
#define KH_TEXT_OF_(...) KH_TEXT_OF_2_(__VA_ARGS__)
#define KH_TEXT_OF_2_(...) #__VA_ARGS__
#define KH_CONCAT_(a, b) KH_CONCAT_2_(a, b)
#define KH_CONCAT_2_(a, b) a##b
#define KH_COUNT_(...) KH_COUNT_2_(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0, ~)
#define KH_COUNT_2_(r, a, b, c, d, e, f, g, h, n, ...) n
#define KH_EACH_(M, T, ...) \
    KH_CONCAT_(KH_EACH_, KH_COUNT_(__VA_ARGS__))(M, T, __VA_ARGS__)
#define KH_EACH_0(M, T, r)
#define KH_EACH_1(M, T, r, a) M(T, a)
#define KH_EACH_2(M, T, r, a, ...) M(T, a) KH_EACH_1(M, T, r, __VA_ARGS__)
#define KH_EACH_3(M, T, r, a, ...) M(T, a) KH_EACH_2(M, T, r, __VA_ARGS__)
#define KH_EACH_4(M, T, r, a, ...) M(T, a) KH_EACH_3(M, T, r, __VA_ARGS__)
#define KH_EACH_5(M, T, r, a, ...) M(T, a) KH_EACH_4(M, T, r, __VA_ARGS__)
#define KH_EACH_6(M, T, r, a, ...) M(T, a) KH_EACH_5(M, T, r, __VA_ARGS__)
#define KH_EACH_7(M, T, r, a, ...) M(T, a) KH_EACH_6(M, T, r, __VA_ARGS__)
#define KH_EACH_8(M, T, r, a, ...) M(T, a) KH_EACH_7(M, T, r, __VA_ARGS__)
#define KH_COMMA_EACH_(M, ...) \
    KH_CONCAT_(KH_COMMA_EACH_, KH_COUNT_(__VA_ARGS__))(M, __VA_ARGS__)
#define KH_COMMA_EACH_0(M, r)
#define KH_COMMA_EACH_1(M, r, a) M a
#define KH_COMMA_EACH_2(M, r, a, ...) M a, KH_COMMA_EACH_1(M, r, __VA_ARGS__)
#define KH_COMMA_EACH_3(M, r, a, ...) M a, KH_COMMA_EACH_2(M, r, __VA_ARGS__)
#define KH_COMMA_EACH_4(M, r, a, ...) M a, KH_COMMA_EACH_3(M, r, __VA_ARGS__)
#define KH_COMMA_EACH_5(M, r, a, ...) M a, KH_COMMA_EACH_4(M, r, __VA_ARGS__)
#define KH_COMMA_EACH_6(M, r, a, ...) M a, KH_COMMA_EACH_5(M, r, __VA_ARGS__)
#define KH_COMMA_EACH_7(M, r, a, ...) M a, KH_COMMA_EACH_6(M, r, __VA_ARGS__)
#define KH_COMMA_EACH_8(M, r, a, ...) M a, KH_COMMA_EACH_7(M, r, __VA_ARGS__)
#define KH_PAIR_TYPE_(type, parameter) type
#define KH_PAIR_NAME_(type, parameter) parameter
#define KH_MEMBER_(T, pair) KH_PAIR_TYPE_ pair KH_PAIR_NAME_ pair;
#define KH_ARGUMENT_(type, parameter) self->parameter
#define KH_DECLARED_(type, parameter) type parameter
#define KH_PARAMETER_(T, pair) \
    KH_PARAMETER_2_(T, KH_PAIR_NAME_ pair)
#define KH_PARAMETER_2_(T, parameter) \
    KH_PARAM(T, parameter, "", .required = 1),
#define KH_MEMBERS_(...) \
    KH_EACH_(KH_MEMBER_, ~, __VA_ARGS__) KH_FIRST_(__VA_ARGS__, ~) value;
#define KH_ARGUMENTS_(...) KH_COMMA_EACH_(KH_ARGUMENT_, __VA_ARGS__)
#define KH_PROTOTYPE_(...) KH_TEXT_OF_(KH_COMMA_EACH_(KH_DECLARED_, __VA_ARGS__))
#ifdef __cplusplus
#define KH_FUNCTION_PARAMS_(T, ...) \
    ([]() -> const kh_field * { \
        static const kh_field list[] = {KH_EACH_(KH_PARAMETER_, T, __VA_ARGS__) {}}; \
        return list; }())
extern "C" {
#else
#define KH_FUNCTION_PARAMS_(T, ...) \
    ((const kh_field[]){KH_EACH_(KH_PARAMETER_, T, __VA_ARGS__) {0}})
#endif

/* -------------------------------------------------------------- loading --- */

#ifndef __swift__
/* The ends of this library's section, and of no other library's (hidden). */
extern const kh_kernel *const __start_kh_kernels[]
    __attribute__((weak, visibility("hidden")));
extern const kh_kernel *const __stop_kh_kernels[]
    __attribute__((weak, visibility("hidden")));

/* The one symbol of a library of kernels. It is weak, so every file may define it and one
 * definition is used. Only the host calls it. [loader] */
#define KH_LIBRARY_SYMBOL "kernel_host_library"
__attribute__((weak, visibility("default"))) const kh_library *kernel_host_library(void);
const kh_library *kernel_host_library(void) {
    static const kh_library library = {
        KH_MAGIC, KH_ABI_MAJOR, KH_ABI_MINOR,
        (uint32_t)sizeof(kh_library), (uint32_t)sizeof(kh_kernel),
        (uint32_t)sizeof(kh_field), (uint32_t)sizeof(kh_error),
        __start_kh_kernels, __stop_kh_kernels};
    return &library;
}
#endif

#ifdef __cplusplus
}
#endif

#endif /* KERNEL_HOST_H */
