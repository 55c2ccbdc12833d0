/* Notes and restores descriptors 0, 1 and 2, and the streams over them. */
#include "process/standard_files.h"

#include "shared/arena.h"
#include "kh_system.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* Returns whether a descriptor leads where descriptor [number] led. */
static bool leads_there(const kh_standard_files *self, int descriptor, int number) {
    struct stat about;
    return descriptor >= 0 && fstat(descriptor, &about) == 0 &&
           about.st_dev == self->files[number].device && about.st_ino == self->files[number].file;
}

static FILE **stream_of(int number) {
    return number == 0 ? &stdin : number == 1 ? &stdout : &stderr;
}

void kh_standard_note(kh_standard_files *self, char *output) {
    memset(self, 0, sizeof *self);
    self->output = output;
    for (int number = 0; number < KH_STANDARD; number++) {
        struct stat about;
        self->streams[number] = *stream_of(number);
        self->flags[number] = kh_stream_flags(self->streams[number]);
        if (fstat(number, &about) != 0) continue;
        self->files[number].is_open = true;
        self->files[number].device = about.st_dev;
        self->files[number].file = about.st_ino;
    }
    self->copy = kh_high_descriptor(1);
}

void kh_standard_forget(kh_standard_files *self) {
    if (leads_there(self, self->copy, 1)) close(self->copy);
    self->copy = -1;
}

/* --------------------------------------------------------- descriptors --- */

/* Returns a descriptor that leads where [number] led; -1: absent. */
static int find(const kh_standard_files *self, int number) {
    if (leads_there(self, self->copy, number)) return self->copy;
    for (int other = 0; other < KH_STANDARD; other++)
        if (leads_there(self, other, number)) return other;
    return -1;
}

/* A kernel has closed all descriptors of the output: map another file at the same address. The
 * host reads the first file, so it misses what is written in the step that kills the worker. */
static void take_other_output(kh_standard_files *self) {
    struct stat about;
    int file = memfd_create("kernelhost-output", 0);
    if (file < 0) return;
    if (ftruncate(file, KH_OUTPUT_BYTES) == 0 && fstat(file, &about) == 0 &&
        mmap(self->output, KH_OUTPUT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
             0) == (void *)self->output) {
        self->output[0] = (char)KH_OUTPUT_MARK;
        for (int number = 1; number < KH_STANDARD; number++) {
            self->files[number].device = about.st_dev;
            self->files[number].file = about.st_ino;
            dup2(file, number);
        }
    }
    if (file >= KH_STANDARD) close(file);
}

static void put_back(kh_standard_files *self, int number) {
    int there = number == 0 ? open("/dev/null", O_RDONLY | O_CLOEXEC) : find(self, number);
    if (there >= 0) dup2(there, number);
    else if (number > 0 && self->output != NULL) take_other_output(self);
    if (number == 0 && there > 0) close(there);
}

int kh_standard_copy(kh_standard_files *self) {
    if (leads_there(self, self->copy, 1)) return self->copy;
    self->copy = -1;
    int there = self->files[1].is_open ? find(self, 1) : -1;
    if (there >= 0) self->copy = kh_high_descriptor(there);
    return self->copy;
}

/* Returns whether the next output lands where the lane looks for it. */
static bool is_at_the_beginning(const kh_standard_files *self) {
    int how = fcntl(1, F_GETFL);
    /* If another thread has written meanwhile, the mark is gone. */
    return (how < 0 || (how & O_APPEND) == 0) &&
           (lseek(1, 0, SEEK_CUR) <= 0 ||
            *(volatile unsigned char *)self->output != KH_OUTPUT_MARK);
}

static bool leads_as_noted(const kh_standard_files *self, int number) {
    return !self->files[number].is_open ||
           (leads_there(self, number, number) &&
            (number != 1 || self->output == NULL || is_at_the_beginning(self)));
}

static void rewind_output(const kh_standard_files *self) {
    int how = fcntl(1, F_GETFL);
    off_t place = lseek(1, 0, SEEK_CUR);
    if (how >= 0 && (how & O_APPEND) != 0) fcntl(1, F_SETFL, how & ~O_APPEND);
    if (*(volatile unsigned char *)self->output != KH_OUTPUT_MARK) return;
    if (place > 1 && place <= KH_OUTPUT_BYTES) memset(self->output + 1, 0, (size_t)place - 1);
    lseek(1, 0, SEEK_SET);
}

/* ------------------------------------------------------------- streams --- */

static bool has_its_stream(const kh_standard_files *self, int number) {
    FILE *stream = *stream_of(number);
    if (number == 0 && (stream != self->streams[0] || !leads_as_noted(self, 0))) return false;
    if (number > 0 && !kh_stream_is_as_noted(self, stream, number)) return false;
    return fileno(stream) == number || !self->files[number].is_open;
}

/* Opens a stream again, the only way to restore one that was closed or has become wide. The
 * descriptor is closed first, so its number is the lowest free one. */
static void open_anew(kh_standard_files *self, int number) {
    FILE *stream = self->streams[number];
    int descriptor = fileno(stream);
    if (descriptor >= 0 && descriptor != number) fclose(stream);
    close(number);
    if (freopen("/dev/null", number == 0 ? "r" : "w", stream) == NULL) {
        /* Without /dev/null another stream takes its place. */
        put_back(self, number);
        FILE *other = fdopen(number, number == 0 ? "r" : "w");
        if (other == NULL) return;
        self->streams[number] = *stream_of(number) = other;
    }
    put_back(self, number);
}

static void put_stream_back(kh_standard_files *self, int number) {
    FILE *stream = *stream_of(number) = self->streams[number];
    bool is_usable = !kh_stream_is_wide(stream) && fileno(stream) == number;
    if (number == 0 || !is_usable) open_anew(self, number);
    if (number == 0) return; /* with nothing in its buffer */
    stream = self->streams[number];
    setvbuf(stream, NULL, _IONBF, 0);
    clearerr(stream);
    self->flags[number] = kh_stream_flags(stream);
}

/* Flushes the noted streams. The streams that a kernel has put in their place may be closed. */
static void flush(const kh_standard_files *self) {
    fflush(self->streams[1]);
    fflush(self->streams[2]);
}

enum kh_standard_change kh_standard_restore(kh_standard_files *self) {
    bool moved[KH_STANDARD], lost[KH_STANDARD];
    enum kh_standard_change change = KH_STANDARD_SAME;
    for (int number = 0; number < KH_STANDARD; number++) {
        moved[number] = !leads_as_noted(self, number);
        lost[number] = !has_its_stream(self, number);
        if (moved[number] || lost[number]) {
            change = KH_STANDARD_CHANGED;
        } else if (kh_stream_is_wide(self->streams[number])) {
            lost[number] = true;
            if (change == KH_STANDARD_SAME) change = KH_STANDARD_WIDE;
        }
    }
    if (change != KH_STANDARD_SAME) {
        flush(self); /* to the current file: what cannot be written stays in the buffer */
        for (int number = 0; number < KH_STANDARD; number++)
            if (moved[number]) put_back(self, number);
        for (int number = 0; number < KH_STANDARD; number++)
            if (lost[number]) put_stream_back(self, number);
        flush(self);
    }
    kh_standard_copy(self);
    if (change != KH_STANDARD_SAME && self->output != NULL) rewind_output(self);
    return change;
}
