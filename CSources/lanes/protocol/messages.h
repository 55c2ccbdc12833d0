/* The messages between the host and its fork server, over a socket of packets. The fork server
 * runs plugins' constructors, so the host checks what it receives. */
#ifndef KH_MESSAGES_H
#define KH_MESSAGES_H

#include <stdint.h>

#define KH_FORK_SERVER_NAME "kernelhost-forkserver"
enum { KH_FORK_SERVER_SOCKET = 3, KH_MESSAGE_TEXT = 4096, KH_DEATH_TEXT = 1200 };

enum kh_message_kind {
    /* host -> fork server */
    KH_MESSAGE_RULES =
        1,           /* one descriptor: a file of kh_rules, then paths. Reply: KH_MESSAGE_READY */
    KH_MESSAGE_LOAD, /* text: a path. Reply: KH_MESSAGE_LOADED */
    KH_MESSAGE_DECLARE, /* text: a function, in the lines of ffi.h. Reply: KH_MESSAGE_LOADED */
    KH_MESSAGE_DESCRIBE, /* one descriptor: a file to write to. Reply: KH_MESSAGE_DESCRIBED */
    KH_MESSAGE_START,    /* worker; value: bits of kh_start; two descriptors: arena, output */
    KH_MESSAGE_KILL,     /* worker */
    /* fork server -> host */
    KH_MESSAGE_HELLO,     /* value: where workers map arenas; extra: the free bytes there */
    KH_MESSAGE_READY,     /* value: 0, or errno and text; extra: parts of the sandbox in force */
    KH_MESSAGE_LOADED,    /* value: enum kh_refusal; extra: found; more: expected; text */
    KH_MESSAGE_DESCRIBED, /* value: bytes, or -errno */
    KH_MESSAGE_STARTED,   /* worker, if measured; one descriptor: a pidfd */
    /* worker; value: wait status; extra: most memory, in KiB; text: four parts in lines. The
     * function that crashed. Its caller in a plugin, if it is not in a plugin. "stack N": the
     * stack of N bytes was full. "cpu N": the limit of N seconds was used up. A worker that was
     * not started: value -1, extra errno */
    KH_MESSAGE_DIED,
    KH_MESSAGE_STOPPED    /* worker; value: the signal; 0: it continues */
};

/* A message's text is sent beside it. This keeps the struct small: each stack page that the fork
 * server writes after a fork is copied. */
typedef struct kh_message {
    uint32_t kind;
    uint32_t worker;
    int64_t value, extra, more;
} kh_message;

/* The head of a file of rules. The allowed paths follow, each with its NUL: those to read, then
 * those to write. 0: no limit. */
typedef struct kh_rules {
    uint32_t sandbox; /* enum kh_sandbox_level */
    uint32_t core;    /* 1: core files are allowed */
    uint64_t address_space; /* bytes more than a fresh worker has */
    uint64_t processor_seconds;
    /* 1: libraries start no threads of their own, unless the user has set a number */
    uint32_t one_thread;
    uint32_t reserved;
    uint32_t read_count, write_count;
} kh_rules;

/* Sends a message with a text ("": no text) and up to two descriptors. Returns 0, or -1 with
 * errno. */
int kh_message_send(int socket, const kh_message *message, const char *text,
                    const int *descriptors, int count);
/* Receives a message. [text], unless NULL, gets its text and a NUL. [descriptors] has room for
 * two, and gets -1 for a missing one. Returns 1; 0 if the other end is gone; -1 with errno. */
int kh_message_receive(int socket, kh_message *message, char text[KH_MESSAGE_TEXT],
                       int *descriptors);

#endif
