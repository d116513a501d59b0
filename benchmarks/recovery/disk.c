/* A disk that forgets what was not forced to it, and one that is full, for any program that is
 * started with this in LD_PRELOAD.
 *
 * DISK_HOME    the folder that lies on that disk
 * DISK_DURABLE a folder beside it, for what would be left after the power was lost
 * DISK_FULL    while this file exists, nothing more can be written below DISK_HOME (ENOSPC)
 *
 * At fsync and fdatasync of a file its whole content is copied to DISK_DURABLE/files/KEY, and its
 * name, with those of the folders above it, is noted, as ext4, XFS and Btrfs keep the name of a new
 * file that is forced. At fsync of a folder all names in it are written to DISK_DURABLE/folders/KEY:
 * names that were changed, removed or added by renaming since then are not kept. KEY is the inode
 * with the moment at which it was made, because numbers of inodes are used again. Writing by O_SYNC,
 * sync(2) and msync(2) keep nothing: who relies on them loses more here than in life.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define KEY 64

static int key_of(const char *path, char key[KEY], mode_t *mode) {
    struct statx told;
    if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &told)) return -1;
    snprintf(key, KEY, "%llu-%lld-%u", (unsigned long long)told.stx_ino,
             (long long)told.stx_btime.tv_sec, told.stx_btime.tv_nsec);
    *mode = told.stx_mode;
    return 0;
}

/* The path of an open file where it lies below DISK_HOME and has not been removed. */
static int path_below(int fd, char path[PATH_MAX]) {
    const char *home = getenv("DISK_HOME");
    char link[64];
    if (!home) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, PATH_MAX - 1);
    if (size <= 0) return 0;
    path[size] = 0;
    size_t length = strlen(home);
    return !strncmp(path, home, length) && (path[length] == '/' || !path[length]);
}

static int locked(void) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/lock", getenv("DISK_DURABLE"));
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock >= 0) flock(lock, LOCK_EX);
    return lock;
}

/* One entry of a folder: what it is, its key, where it leads as a link, its name. F is a file whose
 * folder was not forced since: where it was renamed, the new name may be kept instead. */
static void entry(FILE *file, const char *folder, const char *name, int listed) {
    char path[PATH_MAX], key[KEY], target[PATH_MAX] = "";
    mode_t mode;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= PATH_MAX) return;
    if (key_of(path, key, &mode)) return;
    if (S_ISLNK(mode)) {
        ssize_t size = readlink(path, target, sizeof target - 1);
        target[size > 0 ? size : 0] = 0;
    }
    fprintf(file, "%c\t%s\t%s\t%s\n", S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : listed ? 'f' : 'F', key, target, name);
}

/* Note the names of a file and of all folders above it, up to DISK_HOME. */
static void name_is_kept(char *path) {
    size_t home = strlen(getenv("DISK_HOME"));
    while (strlen(path) > home) {
        char *slash = strrchr(path, '/'), key[KEY], to[PATH_MAX];
        mode_t mode;
        *slash = 0;
        if (!key_of(path, key, &mode)) {
            snprintf(to, sizeof to, "%s/folders/%s", getenv("DISK_DURABLE"), key);
            FILE *file = fopen(to, "ae");
            if (file) {
                entry(file, path, slash + 1, 0);
                fclose(file);
            }
        }
    }
}

static void folder_is_kept(const char *path, const char *key) {
    char draft[PATH_MAX], to[PATH_MAX];
    snprintf(draft, sizeof draft, "%s/draft", getenv("DISK_DURABLE"));
    snprintf(to, sizeof to, "%s/folders/%s", getenv("DISK_DURABLE"), key);
    FILE *file = fopen(draft, "we");
    DIR *folder = opendir(path);
    if (file && folder) {
        struct dirent *one;
        while ((one = readdir(folder)))
            if (strcmp(one->d_name, ".") && strcmp(one->d_name, "..")) entry(file, path, one->d_name, 1);
    }
    if (folder) closedir(folder);
    if (file) {
        fclose(file);
        rename(draft, to);
    }
}

static void content_is_kept(const char *path, const char *key) {
    char draft[PATH_MAX], to[PATH_MAX];
    snprintf(draft, sizeof draft, "%s/draft", getenv("DISK_DURABLE"));
    snprintf(to, sizeof to, "%s/files/%s", getenv("DISK_DURABLE"), key);
    int from = open(path, O_RDONLY | O_CLOEXEC), copy = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    char buffer[1 << 16];
    ssize_t size;
    ssize_t (*put)(int, const void *, size_t) = REAL(write);
    while (from >= 0 && copy >= 0 && (size = read(from, buffer, sizeof buffer)) > 0)
        if (put(copy, buffer, size) != size) break;
    if (from >= 0) close(from);
    if (copy >= 0) {
        close(copy);
        rename(draft, to);
    }
}

static void forced(int fd) {
    char path[PATH_MAX], link[64], key[KEY];
    int before = errno;
    mode_t mode;
    if (!path_below(fd, path) || key_of(path, key, &mode)) return;
    int lock = locked();
    if (S_ISDIR(mode)) {
        folder_is_kept(path, key);
        if (!strcmp(path, getenv("DISK_HOME"))) {
            snprintf(link, sizeof link, "%s", key);
            char to[PATH_MAX];
            snprintf(to, sizeof to, "%s/home", getenv("DISK_DURABLE"));
            FILE *file = fopen(to, "we");
            if (file) {
                fputs(link, file);
                fclose(file);
            }
        }
    } else if (S_ISREG(mode)) {
        content_is_kept(path, key);
        name_is_kept(path);
    }
    if (lock >= 0) close(lock);
    errno = before;
}

int fsync(int fd) {
    int told = REAL(fsync)(fd);
    if (!told) forced(fd);
    return told;
}

int fdatasync(int fd) {
    int told = REAL(fdatasync)(fd);
    if (!told) forced(fd);
    return told;
}

static int full(int fd) {
    char path[PATH_MAX];
    const char *marker = getenv("DISK_FULL");
    if (!marker || access(marker, F_OK)) {
        return 0;
    }
    if (!path_below(fd, path)) return 0;
    errno = ENOSPC;
    return 1;
}

ssize_t write(int fd, const void *from, size_t size) {
    int before = errno;
    if (full(fd)) return -1;
    errno = before;
    return REAL(write)(fd, from, size);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
    int before = errno;
    if (full(fd)) return -1;
    errno = before;
    return REAL(pwrite)(fd, from, size, at);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
    int before = errno;
    if (full(fd)) return -1;
    errno = before;
    return REAL(pwrite64)(fd, from, size, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    int before = errno;
    if (full(fd)) return -1;
    errno = before;
    return REAL(writev)(fd, parts, count);
}
