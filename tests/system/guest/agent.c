/* A guest's agent for tests, and the whole of the guest: it is the kernel's /init. Over the first
 * serial port it speaks as much of the protocol of spice-vdagent as texts need (spice-protocol,
 * vd_agent.h). Whatever it is given to paste it copies at once, in capitals between brackets. */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <termios.h>
#include <unistd.h>

enum {
    PORT = 1, /* of the client */
    PROTOCOL = 1,
    CLIPBOARD = 4,
    CAPABILITIES = 6,
    GRAB = 7,
    REQUEST = 8,
    TEXT = 1,
    /* capabilities, as bits */
    BY_DEMAND = 1 << 5,
    SELECTION = 1 << 6,
    GRAB_SERIAL = 1 << 17,
    MOST = 1 << 20
};

struct message {
    uint32_t port, chunk;
    uint32_t protocol, type;
    uint32_t opaque[2], size;
};

static int port;
static uint32_t serial;
static uint32_t body[MOST / 4];
static char text[MOST];
static uint32_t text_size;

static void write_all(const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        const ssize_t count = write(port, at, size);
        if (count > 0) {
            at += count;
            size -= (size_t)count;
        }
    }
}

static void read_all(void *bytes, size_t size)
{
    char *at = bytes;
    while (size > 0) {
        const ssize_t count = read(port, at, size);
        if (count > 0) {
            at += count;
            size -= (size_t)count;
        }
    }
}

static void send_message(uint32_t type, const uint32_t *words, uint32_t count, const char *bytes,
                         uint32_t size)
{
    struct message head;
    memset(&head, 0, sizeof head);
    head.port = PORT;
    head.protocol = PROTOCOL;
    head.type = type;
    head.size = count * 4 + size;
    head.chunk = (uint32_t)sizeof head - 8 + head.size;
    write_all(&head, sizeof head);
    write_all(words, count * 4);
    write_all(bytes, size);
}

static void announce(void)
{
    const uint32_t words[2] = {0, BY_DEMAND | SELECTION | GRAB_SERIAL};
    send_message(CAPABILITIES, words, 2, NULL, 0);
}

static void copy_what_was_pasted(uint32_t size)
{
    const char *const pasted = (const char *)(body + 2);
    const uint32_t words[3] = {0, ++serial, TEXT};
    uint32_t i;
    text[0] = '[';
    for (i = 0; i < size; ++i) {
        text[i + 1] = pasted[i] >= 'a' && pasted[i] <= 'z' ? (char)(pasted[i] - 32) : pasted[i];
    }
    text[size + 1] = ']';
    text_size = size + 2;
    send_message(GRAB, words, 3, NULL, 0);
}

static void handle(uint32_t type, uint32_t size)
{
    const uint32_t words[2] = {0, TEXT};
    if (type == CAPABILITIES && body[0] != 0) {
        announce();
    } else if (type == GRAB && size >= 12) {
        serial = body[1];
        send_message(REQUEST, words, 2, NULL, 0);
    } else if (type == REQUEST) {
        send_message(CLIPBOARD, words, 2, text, text_size);
    } else if (type == CLIPBOARD && size >= 8 && size + 2 < MOST) {
        copy_what_was_pasted(size - 8);
    }
}

/* A message may come in several chunks. */
static void read_message(void)
{
    struct message head;
    uint32_t had, left;
    read_all(&head, sizeof head);
    had = head.chunk - ((uint32_t)sizeof head - 8);
    if (head.size > MOST) {
        return;
    }
    read_all(body, had);
    for (left = head.size - had; left > 0;) {
        uint32_t chunk[2];
        read_all(chunk, sizeof chunk);
        read_all((char *)body + head.size - left, chunk[1]);
        left -= chunk[1];
    }
    handle(head.type, head.size);
}

int main(void)
{
    struct termios raw;
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    port = open("/dev/ttyS0", O_RDWR | O_NOCTTY);
    tcgetattr(port, &raw);
    cfmakeraw(&raw);
    cfsetspeed(&raw, B115200);
    tcsetattr(port, TCSANOW, &raw);
    announce();
    for (;;) {
        read_message();
    }
}
