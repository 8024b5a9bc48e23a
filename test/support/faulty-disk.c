// Preloaded into a server: records what it writes to one database, its log and stdout, in order, or has one of those
// writes fail. A record is op, file, offset and length (little endian, 1 + 1 + 8 + 8 bytes), then the bytes of a write.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, SYNC, TRUNCATE, UNLINK };
enum { OTHER = -1, DATABASE, LOG, STDOUT };
#define FILES 4096

static const char *database;
static int journal = -1;
static long fail_at = -1, calls;
static int error = EIO, sticky;
static signed char kinds[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static long number(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text ? atol(text) : otherwise;
}

__attribute__((constructor)) static void begin(void) {
  memset(kinds, OTHER, sizeof kinds);
  kinds[1] = STDOUT;
  database = getenv("DISK_DATABASE");
  const char *path = getenv("DISK_JOURNAL");
  if (path) journal = syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY | O_APPEND, 0600);
  fail_at = number("DISK_FAIL_AT", -1);
  error = number("DISK_ERROR", EIO);
  sticky = number("DISK_STICKY", 0);
}

static int kind_of(int fd) { return fd >= 0 && fd < FILES ? kinds[fd] : OTHER; }

static int named(const char *path) {
  if (!database || !path) return OTHER;
  size_t length = strlen(database);
  if (strncmp(path, database, length)) return OTHER;
  return !path[length] ? DATABASE : !strcmp(path + length, "-wal") ? LOG : OTHER;
}

static void record(uint8_t op, uint8_t file, int64_t offset, int64_t length, const struct iovec *data, int pieces) {
  if (journal < 0) return;
  char head[18];
  head[0] = op, head[1] = file;
  memcpy(head + 2, &offset, 8), memcpy(head + 10, &length, 8);
  pthread_mutex_lock(&lock);
  syscall(SYS_write, journal, head, sizeof head);
  for (int at = 0; at < pieces && length > 0; at += 1) {
    size_t part = data[at].iov_len < (size_t)length ? data[at].iov_len : (size_t)length;
    syscall(SYS_write, journal, data[at].iov_base, part);
    length -= part;
  }
  pthread_mutex_unlock(&lock);
}

static int fails(int fd) {
  int kind = kind_of(fd);
  if (fail_at < 0 || (kind != DATABASE && kind != LOG)) return 0;
  long call = __sync_add_and_fetch(&calls, 1);
  if (call != fail_at && !(sticky && call > fail_at)) return 0;
  errno = error;
  return 1;
}

#define REAL(name) \
  static __typeof__(name) *real; \
  if (!real) real = dlsym(RTLD_NEXT, #name)

static int opened(const char *path, int flags, int mode) {
  int fd = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  if (fd >= 0 && fd < FILES) kinds[fd] = named(path);
  return fd;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    int mode = va_arg(rest, int); \
    va_end(rest); \
    return opened(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define WRITE_AT(name, type) \
  ssize_t name(int fd, const void *bytes, size_t length, type offset) { \
    if (fails(fd)) return -1; \
    REAL(name); \
    ssize_t done = real(fd, bytes, length, offset); \
    struct iovec piece = {(void *)bytes, length}; \
    if (done > 0 && kind_of(fd) >= 0) record(WRITE, kind_of(fd), offset, done, &piece, 1); \
    return done; \
  }
WRITE_AT(pwrite, off_t)
WRITE_AT(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL(write);
  ssize_t done = real(fd, bytes, length);
  struct iovec piece = {(void *)bytes, length};
  if (done > 0 && kind_of(fd) == STDOUT) record(WRITE, STDOUT, 0, done, &piece, 1);
  return done;
}

ssize_t writev(int fd, const struct iovec *pieces, int count) {
  REAL(writev);
  ssize_t done = real(fd, pieces, count);
  if (done > 0 && kind_of(fd) == STDOUT) record(WRITE, STDOUT, 0, done, pieces, count);
  return done;
}

#define SYNC_OF(name) \
  int name(int fd) { \
    if (fails(fd)) return -1; \
    REAL(name); \
    int result = real(fd); \
    if (kind_of(fd) >= 0) record(SYNC, kind_of(fd), 0, 0, 0, 0); \
    return result; \
  }
SYNC_OF(fsync)
SYNC_OF(fdatasync)

#define TRUNCATE_TO(name, type) \
  int name(int fd, type length) { \
    if (fails(fd)) return -1; \
    REAL(name); \
    int result = real(fd, length); \
    if (kind_of(fd) >= 0) record(TRUNCATE, kind_of(fd), 0, length, 0, 0); \
    return result; \
  }
TRUNCATE_TO(ftruncate, off_t)
TRUNCATE_TO(ftruncate64, off64_t)

int unlink(const char *path) {
  int result = syscall(SYS_unlink, path);
  if (named(path) >= 0) record(UNLINK, named(path), 0, 0, 0, 0);
  return result;
}

int close(int fd) {
  REAL(close);
  if (fd > 2 && fd < FILES) kinds[fd] = OTHER;
  return real(fd);
}
