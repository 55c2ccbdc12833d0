/* Sends and receives messages over a socket of packets. */
#include "protocol/messages.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

int kh_message_send(int socket, const kh_message *message, const char *text,
                    const int *descriptors, int count) {
    struct iovec parts[2] = {
        {(void *)(uintptr_t)message, sizeof *message},
        {(void *)(uintptr_t)text, text[0] == 0 ? 0 : strnlen(text, KH_MESSAGE_TEXT - 1)}};
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct msghdr packet = {.msg_iov = parts, .msg_iovlen = 2};
    if (count > 0) {
        packet.msg_control = control.bytes;
        packet.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        struct cmsghdr *head = CMSG_FIRSTHDR(&packet);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        memcpy(CMSG_DATA(head), descriptors, (size_t)count * sizeof(int));
    }
    ssize_t sent;
    do sent = sendmsg(socket, &packet, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

int kh_message_receive(int socket, kh_message *message, char text[KH_MESSAGE_TEXT],
                       int *descriptors) {
    struct iovec parts[2] = {{message, sizeof *message},
                             {text, text == NULL ? 0 : KH_MESSAGE_TEXT - 1}};
    union {
        char bytes[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr packet = {.msg_iov = parts,
                            .msg_iovlen = 2,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes};
    descriptors[0] = descriptors[1] = -1;
    ssize_t length;
    do length = recvmsg(socket, &packet, MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    if (length < 0) return errno == ECONNRESET ? 0 : -1;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&packet); head; head = CMSG_NXTHDR(&packet, head))
        if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
            memcpy(descriptors, CMSG_DATA(head),
                   head->cmsg_len - CMSG_LEN(0) < 2 * sizeof(int) ? head->cmsg_len - CMSG_LEN(0)
                                                                  : 2 * sizeof(int));
    if ((size_t)length < sizeof *message) {
        for (int i = 0; i < 2; i++)
            if (descriptors[i] >= 0) close(descriptors[i]);
        errno = EBADMSG;
        return length == 0 ? 0 : -1;
    }
    if (text != NULL) text[(size_t)length - sizeof *message] = 0;
    return 1;
}
