/* Finds whether a library can change the state of its process, by the C library's functions that
 * it uses. The lane checks the process after each step of such a kernel; for other kernels the
 * check would cost more than the step. Code that makes system calls directly, or uses dlsym, is
 * not found by this. */
#include "plugins/bindings.h"

#include "plugins/loader.h"
#include "plugins/runtimes.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

enum { MOST_LIBRARIES = 256 };

static const struct touch {
    const char *name;
    uint32_t parts;
} all_touches[] = {
    {"chdir", KH_CHANGED_FOLDER},
    {"fchdir", KH_CHANGED_FOLDER},
    {"chroot", KH_CHANGED_FOLDER},
    {"umask", KH_CHANGED_MASK},
    {"sigprocmask", KH_CHANGED_SIGNALS},
    {"pthread_sigmask", KH_CHANGED_SIGNALS},
    {"sigblock", KH_CHANGED_SIGNALS},
    {"sigsetmask", KH_CHANGED_SIGNALS},
    {"sighold", KH_CHANGED_SIGNALS},
    {"sigrelse", KH_CHANGED_SIGNALS},
    {"siglongjmp", KH_CHANGED_SIGNALS},
    {"setcontext", KH_CHANGED_SIGNALS},
    {"swapcontext", KH_CHANGED_SIGNALS},
    {"sigset", KH_CHANGED_SIGNALS | KH_CHANGED_HANDLERS},
    {"sigignore", KH_CHANGED_HANDLERS},
    {"sigaction", KH_CHANGED_HANDLERS},
    {"signal", KH_CHANGED_HANDLERS},
    {"__sysv_signal", KH_CHANGED_HANDLERS},
    {"sysv_signal", KH_CHANGED_HANDLERS},
    {"bsd_signal", KH_CHANGED_HANDLERS},
    {"ssignal", KH_CHANGED_HANDLERS},
    {"siginterrupt", KH_CHANGED_HANDLERS},
    {"sigaltstack", KH_CHANGED_HANDLERS},
    {"setlocale", KH_CHANGED_LOCALE},
    {"uselocale", KH_CHANGED_LOCALE},
    {"setenv", KH_CHANGED_ENVIRONMENT},
    {"putenv", KH_CHANGED_ENVIRONMENT},
    {"unsetenv", KH_CHANGED_ENVIRONMENT},
    {"clearenv", KH_CHANGED_ENVIRONMENT},
    {"environ", KH_CHANGED_ENVIRONMENT},
    {"__environ", KH_CHANGED_ENVIRONMENT},
    {"sched_setaffinity", KH_CHANGED_PROCESSORS},
    {"pthread_setaffinity_np", KH_CHANGED_PROCESSORS},
    {"setrlimit", KH_CHANGED_LIMITS},
    {"setrlimit64", KH_CHANGED_LIMITS},
    {"prlimit", KH_CHANGED_LIMITS},
    {"prlimit64", KH_CHANGED_LIMITS},
    {"close", KH_CHANGED_OUTPUT},
    {"dup2", KH_CHANGED_OUTPUT},
    {"dup3", KH_CHANGED_OUTPUT},
    {"close_range", KH_CHANGED_OUTPUT},
    {"closefrom", KH_CHANGED_OUTPUT},
    {"fclose", KH_CHANGED_OUTPUT},
    {"fcloseall", KH_CHANGED_OUTPUT},
    {"freopen", KH_CHANGED_OUTPUT},
    {"freopen64", KH_CHANGED_OUTPUT},
    {"setbuf", KH_CHANGED_OUTPUT},
    {"setvbuf", KH_CHANGED_OUTPUT},
    {"setbuffer", KH_CHANGED_OUTPUT},
    {"setlinebuf", KH_CHANGED_OUTPUT},
    {"fwide", KH_CHANGED_OUTPUT},
    {"fputwc", KH_CHANGED_OUTPUT},
    {"fputwc_unlocked", KH_CHANGED_OUTPUT},
    {"putwc", KH_CHANGED_OUTPUT},
    {"putwc_unlocked", KH_CHANGED_OUTPUT},
    {"putwchar", KH_CHANGED_OUTPUT},
    {"putwchar_unlocked", KH_CHANGED_OUTPUT},
    {"fputws", KH_CHANGED_OUTPUT},
    {"fputws_unlocked", KH_CHANGED_OUTPUT},
    {"wprintf", KH_CHANGED_OUTPUT},
    {"fwprintf", KH_CHANGED_OUTPUT},
    {"vwprintf", KH_CHANGED_OUTPUT},
    {"vfwprintf", KH_CHANGED_OUTPUT},
    {"__wprintf_chk", KH_CHANGED_OUTPUT},
    {"__fwprintf_chk", KH_CHANGED_OUTPUT},
    {"__vwprintf_chk", KH_CHANGED_OUTPUT},
    {"__vfwprintf_chk", KH_CHANGED_OUTPUT},
    {"pthread_create", KH_BEGINS_THREADS},
    {"thrd_create", KH_BEGINS_THREADS},
    {"_ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE",
     KH_BEGINS_THREADS},
    {"pthread_atfork", KH_MINDS_FORKS},
    {"__register_atfork", KH_MINDS_FORKS},
    {"_ZSt4cout", KH_PRINTS_APART},
    {"_ZSt4cerr", KH_PRINTS_APART},
    {"_ZSt4clog", KH_PRINTS_APART},
    {"_gfortran_st_write_done", KH_PRINTS_APART},
    {"_ZSt5wcout", KH_CHANGED_OUTPUT | KH_PRINTS_APART},
    {"_ZSt5wcerr", KH_CHANGED_OUTPUT | KH_PRINTS_APART},
    {"_ZSt5wclog", KH_CHANGED_OUTPUT | KH_PRINTS_APART},
    {"syscall", KH_CHANGED_FOLDER | KH_CHANGED_MASK | KH_CHANGED_SIGNALS | KH_CHANGED_HANDLERS |
                    KH_CHANGED_PROCESSORS | KH_CHANGED_LIMITS | KH_CHANGED_OUTPUT},
};

uint32_t kh_bindings_touched_by(const char *function) {
    for (size_t i = 0; i < sizeof all_touches / sizeof *all_touches; i++)
        if (strcmp(all_touches[i].name, function) == 0) return all_touches[i].parts;
    return 0;
}

/* Libraries of every program. They can do everything, but do only what the program asks for. */
static bool is_systems_own(const char *name) {
    static const char *const stems[] = {"libc.", "libm.", "libmvec.", "libstdc++.", "libc++.",
                                        "libgcc_s.", "libpthread.", "libdl.", "librt.", "ld-",
                                        "libasan.", "libubsan.", "libtsan.", "liblsan.",
                                        "linux-vdso."};
    const char *slash = strrchr(name, '/');
    const char *file = slash == NULL ? name : slash + 1;
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++)
        if (strncmp(file, stems[i], strlen(stems[i])) == 0) return true;
    return false;
}

typedef struct visit {
    const struct link_map *seen[MOST_LIBRARIES];
    size_t count;
    uint32_t parts;
} visit;

/* The names that one library uses of others. */
static uint32_t touches_of(const struct link_map *map) {
    kh_dynamic self = kh_read_dynamic(map);
    uint32_t parts = 0;
    for (int table = 0; table < 2 && self.symbols != NULL && self.names != NULL; table++) {
        const ElfW(Rela) *at = self.tables[table];
        size_t count = at == NULL ? 0 : self.sizes[table] / sizeof *at;
        for (size_t i = 0; i < count; i++) {
            const ElfW(Sym) *symbol = &self.symbols[ELF64_R_SYM(at[i].r_info)];
            if (ELF64_R_SYM(at[i].r_info) == 0) continue;
            uint32_t touched = kh_bindings_touched_by(self.names + symbol->st_name);
            /* C++ streams may be its own, if libstdc++ is linked into it. */
            parts |= symbol->st_shndx == SHN_UNDEF ? touched : touched & KH_PRINTS_APART;
        }
    }
    return parts;
}

static void look_at(visit *self, const struct link_map *map) {
    if (map == NULL || is_systems_own(map->l_name)) return;
    for (size_t i = 0; i < self->count; i++)
        if (self->seen[i] == map) return;
    if (self->count == MOST_LIBRARIES) return;
    self->seen[self->count++] = map;
    uint32_t parts = touches_of(map);
    if ((parts & (KH_BEGINS_THREADS | KH_MINDS_FORKS)) == KH_BEGINS_THREADS)
        parts |= KH_LEAVES_THREADS;
    self->parts |= parts;
    kh_dynamic dynamic = kh_read_dynamic(map);
    for (const ElfW(Dyn) *at = map->l_ld; at->d_tag != DT_NULL; at++)
        if (at->d_tag == DT_NEEDED && !is_systems_own(dynamic.names + at->d_un.d_val))
            look_at(self, kh_find_loaded(dynamic.names + at->d_un.d_val));
}

uint32_t kh_bindings_touch(void *handle) {
    struct link_map *map = NULL;
    visit self = {.count = 0};
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0) look_at(&self, map);
    if (self.parts & KH_PRINTS_APART) kh_runtimes_learn(handle);
    return self.parts;
}
