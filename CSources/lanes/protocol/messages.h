/* What the host and its fork server say to each other, over a socket of packets. The
 * fork server is trusted up to the plugins that it loads; the host checks what it reads. */
#ifndef KH_MESSAGES_H
#define KH_MESSAGES_H

#include <stdint.h>

#define KH_FORK_SERVER_NAME "kernelhost-forkserver"
enum { KH_FORK_SERVER_SOCKET = 3, KH_MESSAGE_TEXT = 4096, KH_DEATH_TEXT = 1200 };

enum kh_message_kind {
    /* host -> fork server */
    KH_MESSAGE_RULES =
        1,           /* one descriptor: a file of kh_rules, then paths. Answer: KH_MESSAGE_READY */
    KH_MESSAGE_LOAD, /* text: a path. Answer: KH_MESSAGE_LOADED */
    KH_MESSAGE_DESCRIBE, /* one descriptor: a file to write to. Answer: KH_MESSAGE_DESCRIBED */
    KH_MESSAGE_START,    /* worker; value: of kh_start; two descriptors: arena, output */
    KH_MESSAGE_KILL,     /* worker */
    /* fork server -> host */
    KH_MESSAGE_HELLO,     /* value: where workers map arenas; extra: how much is free there */
    KH_MESSAGE_READY,     /* value: 0, or errno and text; extra: parts of the sandbox in force */
    KH_MESSAGE_LOADED,    /* value: enum kh_refusal; extra: found; worker: expected; text */
    KH_MESSAGE_DESCRIBED, /* value: bytes, or -errno */
    KH_MESSAGE_STARTED,   /* worker, one that is measured; one descriptor: a pidfd */
    KH_MESSAGE_DIED,      /* worker; value: wait status; extra: most memory, in KiB; text: lines,
                         the function that crashed; its caller in a plugin, where it is in none;
                         "stack N", the N bytes of the stack were full; "cpu N", the N seconds
                         of its limit were used up. Not even started: value -1, extra errno */
    KH_MESSAGE_STOPPED    /* worker; value: the signal; 0: it goes on */
};

/* Its text, where it has one, is beside it: each page of a stack that the fork server writes to
 * after a fork is one to copy. */
typedef struct kh_message {
    uint32_t kind;
    uint32_t worker;
    int64_t value, extra;
} kh_message;

/* The head of a file of rules; then the paths of `allow`, each with its NUL: those to
 * read, those to write. 0: no limit. */
typedef struct kh_rules {
    uint32_t sandbox; /* enum kh_sandbox_level */
    uint32_t core;    /* 1: core files */
    uint64_t address_space; /* bytes more than a fresh worker has */
    uint64_t processor_seconds;
    uint32_t one_thread; /* 1: libraries begin no threads of their own, unless the user said so */
    uint32_t reserved;
    uint32_t read_count, write_count;
} kh_rules;

/* Sends a message with its text, "" for none, and up to two descriptors; 0, or -1 with
 * errno. */
int kh_message_send(int socket, const kh_message *message, const char *text,
                    const int *descriptors, int count);
/* Receives one; [text], if it is not NULL, gets what was sent of it, and a NUL; [descriptors]
 * has room for two and gets -1 for none. 1; 0: the other end is gone; -1: errno. */
int kh_message_receive(int socket, kh_message *message, char text[KH_MESSAGE_TEXT],
                       int *descriptors);

#endif
