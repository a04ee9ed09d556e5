/*
 * Opens WebSocket connections at next to no cost, so that a benchmark measures the server: one thread,
 * epoll, raw frames.
 *
 *   wsload HOST PORT TARGETS [--v1 [--subscribe]] [--mute] [--socketio | --nats] [--concurrency N]
 *
 * TARGETS is a file with one request target (`/?token=…`) a line; each gets a connection. Pings are answered
 * at once unless --mute. --v1 offers the subprotocol tidings.v1 and acknowledges every message, with one ack
 * frame per read; --subscribe also follows one live topic per connection (`quiet:<n>`). Frames of other
 * types than `message` are not counted. --socketio and --nats speak just enough of those peers' protocols to
 * be counted: Engine.IO 4 over WebSocket, and NATS with one subscription.
 *
 * It takes commands on stdin and answers with JSON lines on stdout:
 *   mark         forget the counts so far
 *   expect N     answer {"event":"reached",…} as soon as N data frames have come since the mark
 *   stats        answer {"event":"stats",…} now
 *   quit         close everything
 * A text that begins with `@<microseconds since 1970>@` (in v1: whose "message" does) counts in the latency
 * histogram.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CLOSED, CONNECTING, UPGRADING, OPEN };
enum { READ_SIZE = 256 * 1024, BUCKETS = 200000, BUCKET_US = 50 };

typedef struct {
  int fd;
  int state;
  char *kept; /* bytes of an incomplete frame */
  size_t kept_len;
  char *out; /* bytes that the kernel has not taken */
  size_t out_len;
} Conn;

static Conn *conns;
static char **targets;
static int total, started, opened, failed, closed_count, concurrency = 200, v1, subscribe, mute, socketio, nats, ep;
static const char *host;
static struct sockaddr_in address;
static uint64_t frames, bytes, expected, first_us, last_us, pongs, sockets_read;
static int refused[600];
static uint32_t histogram[BUCKETS];
static uint64_t latencies;
static char buffer[READ_SIZE + 1];
static uint64_t start_us;

static uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static double cpu_seconds(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double percentile(double p) {
  uint64_t want = (uint64_t)(latencies * p), seen = 0;
  for (int i = 0; i < BUCKETS; i++) {
    seen += histogram[i];
    if (seen > want) return (i + 0.5) * BUCKET_US / 1000.0;
  }
  return latencies ? BUCKETS * BUCKET_US / 1000.0 : 0;
}

static void report(const char *event) {
  printf("{\"event\":\"%s\",\"open\":%d,\"closed\":%d,\"failed\":%d,\"frames\":%llu,\"bytes\":%llu,\"pongs\":%llu,\"reads\":%llu,"
         "\"firstUs\":%llu,\"lastUs\":%llu,\"latencies\":%llu,\"p50\":%.3f,\"p99\":%.3f,\"cpu\":%.3f,\"elapsedUs\":%llu}\n",
         event, opened, closed_count, failed, (unsigned long long)frames, (unsigned long long)bytes, (unsigned long long)pongs,
         (unsigned long long)sockets_read, (unsigned long long)first_us, (unsigned long long)last_us, (unsigned long long)latencies,
         percentile(0.5), percentile(0.99), cpu_seconds(), (unsigned long long)(now_us() - start_us));
  fflush(stdout);
}

static void drop(Conn *c) {
  if (c->state == CLOSED) return;
  if (c->state == OPEN) { opened--; closed_count++; } else failed++;
  close(c->fd);
  free(c->kept);
  free(c->out);
  memset(c, 0, sizeof *c);
}

static void watch(Conn *c, uint32_t events, int op) {
  struct epoll_event e = {.events = events, .data.ptr = c};
  epoll_ctl(ep, op, c->fd, &e);
}

static void transmit(Conn *c, const char *data, size_t len) {
  if (c->out_len == 0) {
    ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);
    if (n == (ssize_t)len) return;
    if (n < 0) {
      if (errno != EAGAIN) { drop(c); return; }
      n = 0;
    }
    data += n;
    len -= n;
    watch(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
  }
  c->out = realloc(c->out, c->out_len + len);
  memcpy(c->out + c->out_len, data, len);
  c->out_len += len;
}

/* Writes a client frame with a mask of zeros: RFC 6455, section 5.3, asks for a mask, whatever it is. */
static void transmit_frame(Conn *c, int opcode, const char *payload, size_t len) {
  static char frame[70000];
  size_t at = 0;
  frame[at++] = (char)(0x80 | opcode);
  if (len < 126) frame[at++] = (char)(0x80 | len);
  else { frame[at++] = (char)(0x80 | 126); frame[at++] = (char)(len >> 8); frame[at++] = (char)len; }
  memset(frame + at, 0, 4);
  at += 4;
  memcpy(frame + at, payload, len);
  transmit(c, frame, at + len);
}

static void begin(Conn *c) {
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) { failed++; return; }
  int one = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  c->state = CONNECTING;
  connect(c->fd, (struct sockaddr *)&address, sizeof address);
  watch(c, EPOLLOUT, EPOLL_CTL_ADD);
}

static void begin_more(void) {
  while (started < total && started - opened - failed - closed_count < concurrency) begin(&conns[started++]);
}

static void upgrade(Conn *c) {
  static char request[8192];
  int n = snprintf(request, sizeof request,
                   "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
                   targets[c - conns], host, v1 ? "Sec-WebSocket-Protocol: tidings.v1\r\n" : "");
  c->state = UPGRADING;
  watch(c, EPOLLIN, EPOLL_CTL_MOD);
  transmit(c, request, n);
}

static void count(const char *payload, size_t len, uint64_t at) {
  frames++;
  bytes += len;
  if (!first_us) first_us = at;
  last_us = at;
  const char *mark = payload;
  if (v1) {
    mark = memmem(payload, len, "\"message\":\"@", 12);
    if (!mark) return;
    mark += 11;
  }
  if (len > 18 && *mark == '@') {
    uint64_t sent = strtoull(mark + 1, NULL, 10);
    int64_t bucket = ((int64_t)at - (int64_t)sent) / BUCKET_US;
    if (bucket < 0) bucket = 0;
    histogram[bucket >= BUCKETS ? BUCKETS - 1 : bucket]++;
    latencies++;
  }
}

static void peer_frame(Conn *c, char *payload, size_t len, uint64_t at) {
  if (socketio) {
    if (len && payload[0] == '0') transmit_frame(c, 1, "40", 2);
    else if (len && payload[0] == '2') transmit_frame(c, 1, "3", 1);
    else if (len > 1 && payload[0] == '4' && payload[1] == '2') count(payload, len, at);
    return;
  }
  static const char hello[] = "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"c\",\"version\":\"1\"}\r\nSUB all 1\r\n";
  if (len > 4 && !memcmp(payload, "INFO", 4)) transmit_frame(c, 2, hello, sizeof hello - 1);
  if (len > 3 && !memcmp(payload, "PING", 4)) transmit_frame(c, 2, "PONG\r\n", 6);
  for (char *m = payload, *end = payload + len; (m = memmem(m, end - m, "MSG all", 7)); m += 7) count(m, 0, at);
}

/* Reads whole frames; returns the number of bytes used. */
static size_t parse(Conn *c, char *data, size_t len, uint64_t at) {
  static char ack[64000];
  size_t used = 0, ack_len = 0;
  while (len - used >= 2) {
    unsigned char *p = (unsigned char *)data + used;
    size_t head = 2, size = p[1] & 127;
    if (size == 126) { head = 4; if (len - used < head) break; size = (size_t)p[2] << 8 | p[3]; }
    else if (size == 127) {
      head = 10;
      if (len - used < head) break;
      size = 0;
      for (int i = 0; i < 8; i++) size = size << 8 | p[2 + i];
    }
    if (len - used < head + size) break;
    char *payload = data + used + head;
    int opcode = p[0] & 15;
    used += head + size;
    if (opcode == 9) {
      if (!mute) { transmit_frame(c, 10, payload, size); pongs++; }
    } else if (opcode == 8) {
      drop(c);
      return len;
    } else if (socketio || nats) {
      peer_frame(c, payload, size, at);
    } else if (v1 && (size < 17 || memcmp(payload, "{\"type\":\"message\"", 17))) {
      if (size > 15 && !memcmp(payload, "{\"type\":\"error\"", 15)) return fprintf(stderr, "wsload: %.*s\n", (int)size, payload), exit(1), len;
    } else {
      count(payload, size, at);
      if (v1 && !mute) {
        char *id = memmem(payload, size, "\"id\":\"", 6);
        if (id && ack_len < sizeof ack - 100)
          ack_len += sprintf(ack + ack_len, ack_len ? ",\"%.36s\"" : "{\"type\":\"ack\",\"ids\":[\"%.36s\"", id + 6);
      }
    }
    if (c->state == CLOSED) return len;
  }
  if (ack_len) {
    ack_len += sprintf(ack + ack_len, "]}");
    transmit_frame(c, 1, ack, ack_len);
  }
  return used;
}

static void readable(Conn *c) {
  size_t have = c->kept_len;
  if (have) memcpy(buffer, c->kept, have);
  ssize_t n = recv(c->fd, buffer + have, READ_SIZE - have, 0);
  if (n <= 0) {
    if (n < 0 && errno == EAGAIN) return;
    drop(c);
    return;
  }
  sockets_read++;
  size_t len = have + n, used = 0;
  if (c->state == UPGRADING) {
    buffer[len] = 0;
    char *end = strstr(buffer, "\r\n\r\n");
    if (end) {
      int status = atoi(buffer + 9);
      if (status != 101) { if (status > 0 && status < 600) refused[status]++; drop(c); begin_more(); return; }
      c->state = OPEN;
      opened++;
      if (subscribe) {
        static char command[120];
        int n = sprintf(command, "{\"type\":\"subscribe\",\"id\":\"1\",\"topics\":[\"quiet:%d\"]}", (int)(c - conns));
        transmit_frame(c, 1, command, n);
        if (c->state == CLOSED) return;
      }
      used = end + 4 - buffer;
      begin_more();
    }
  }
  if (c->state == OPEN) used += parse(c, buffer + used, len - used, now_us());
  if (c->state == CLOSED) return;
  c->kept_len = len - used;
  if (c->kept_len) {
    c->kept = realloc(c->kept, c->kept_len);
    memcpy(c->kept, buffer + used, c->kept_len);
  }
}

static void writable(Conn *c) {
  if (c->state == CONNECTING) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) { drop(c); begin_more(); return; }
    upgrade(c);
    return;
  }
  ssize_t n = send(c->fd, c->out, c->out_len, MSG_NOSIGNAL);
  if (n < 0) { if (errno != EAGAIN) drop(c); return; }
  memmove(c->out, c->out + n, c->out_len - n);
  c->out_len -= n;
  if (c->out_len == 0) watch(c, EPOLLIN, EPOLL_CTL_MOD);
}

static int command(char *line) {
  if (!strncmp(line, "mark", 4)) {
    frames = bytes = first_us = last_us = pongs = latencies = sockets_read = expected = 0;
    memset(histogram, 0, sizeof histogram);
    printf("{\"event\":\"marked\"}\n");
    fflush(stdout);
  } else if (!strncmp(line, "expect ", 7)) expected = strtoull(line + 7, NULL, 10);
  else if (!strncmp(line, "stats", 5)) report("stats");
  else if (!strncmp(line, "quit", 4)) return 0;
  return 1;
}

int main(int argc, char **argv) {
  if (argc < 4) return fprintf(stderr, "usage: wsload HOST PORT TARGETS [--v1 [--subscribe]] [--mute] [--socketio | --nats] [--concurrency N]\n"), 2;
  host = argv[1];
  address.sin_family = AF_INET;
  address.sin_port = htons(atoi(argv[2]));
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1 || (ntohl(address.sin_addr.s_addr) >> 24) != 127)
    return fprintf(stderr, "wsload: only loopback addresses\n"), 2;
  for (int i = 4; i < argc; i++) {
    if (!strcmp(argv[i], "--v1")) v1 = 1;
    else if (!strcmp(argv[i], "--subscribe")) subscribe = 1;
    else if (!strcmp(argv[i], "--mute")) mute = 1;
    else if (!strcmp(argv[i], "--socketio")) socketio = 1;
    else if (!strcmp(argv[i], "--nats")) nats = 1;
    else if (!strcmp(argv[i], "--concurrency") && i + 1 < argc) concurrency = atoi(argv[++i]);
  }
  FILE *file = fopen(argv[3], "r");
  if (!file) return perror(argv[3]), 2;
  char *line = NULL;
  size_t capacity = 0;
  ssize_t got;
  while ((got = getline(&line, &capacity, file)) > 0) {
    if (line[got - 1] == '\n') line[got - 1] = 0;
    targets = realloc(targets, (total + 1) * sizeof *targets);
    targets[total++] = strdup(line);
  }
  fclose(file);
  conns = calloc(total ? total : 1, sizeof *conns);
  struct rlimit files = {total + 100, total + 100};
  setrlimit(RLIMIT_NOFILE, &files);
  ep = epoll_create1(0);
  struct epoll_event in = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(ep, EPOLL_CTL_ADD, 0, &in);
  start_us = now_us();
  begin_more();
  int told = 0;
  static struct epoll_event events[1024];
  static char input[4096];
  size_t input_len = 0;
  for (;;) {
    int n = epoll_wait(ep, events, 1024, 1000);
    for (int i = 0; i < n; i++) {
      Conn *c = events[i].data.ptr;
      if (!c) {
        ssize_t r = read(0, input + input_len, sizeof input - 1 - input_len);
        if (r <= 0) return 0;
        input_len += r;
        input[input_len] = 0;
        char *end;
        while ((end = strchr(input, '\n'))) {
          *end = 0;
          if (!command(input)) return 0;
          input_len -= end + 1 - input;
          memmove(input, end + 1, input_len + 1);
        }
        continue;
      }
      if (c->state == CLOSED) continue;
      if (events[i].events & EPOLLOUT) writable(c);
      if (c->state != CLOSED && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(c);
    }
    if (!told && started == total && opened + failed + closed_count >= total) {
      told = 1;
      report("connected");
      for (int s = 0; s < 600; s++) if (refused[s]) printf("{\"event\":\"refused\",\"status\":%d,\"count\":%d}\n", s, refused[s]);
      fflush(stdout);
    }
    if (expected && frames >= expected) { report("reached"); expected = 0; }
  }
}
