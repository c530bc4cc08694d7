# A client for what libnfs-utils have no command for: python3 nfs-client.py VERSION HOST EXPORT COMMAND ARGUMENT…, COMMAND ARGUMENT… separated by "--".
# Commands: put FILE NAME, remove NAME, rename NAME NAME, truncate NAME OCTETS, overwrite NAME, mkdir NAME, rmdir NAME, chmod NAME MODE.
import ctypes, os, sys

lib = ctypes.CDLL("libnfs.so.13")
lib.nfs_init_context.restype = ctypes.c_void_p
lib.nfs_get_error.restype = ctypes.c_char_p
version, host, export = sys.argv[1:4]
nfs = ctypes.c_void_p(lib.nfs_init_context())
lib.nfs_set_version(nfs, int(version))


def done(what, result):
    print(what, "done" if result >= 0 else lib.nfs_get_error(nfs).decode())


done("mount", lib.nfs_mount(nfs, host.encode(), export.encode()))
handle = ctypes.c_void_p()


def write(path, flags, data, at):
    fh = ctypes.c_void_p()
    result = lib.nfs_open2(nfs, path, flags, 0o640, ctypes.byref(fh))
    if result < 0:
        return result
    # libnfs 4.0 has room for no more in a compound.
    step = 8192 if version == "3" else 1024
    for start in range(0, len(data), step):
        piece = data[start : start + step]
        result = lib.nfs_pwrite(nfs, fh, ctypes.c_uint64(at + start), ctypes.c_uint64(len(piece)), piece)
    lib.nfs_fsync(nfs, fh)
    lib.nfs_close(nfs, fh)
    return result


def run(command, *words):
    paths = [word.encode() for word in words]
    if command == "put":
        return write(paths[1], os.O_RDWR | os.O_CREAT | os.O_TRUNC, open(words[0], "rb").read(), 0)
    if command == "overwrite":
        return write(paths[0], os.O_RDWR, os.urandom(2048), 0)
    if command == "truncate":
        return lib.nfs_truncate(nfs, paths[0], ctypes.c_uint64(int(words[1])))
    if command == "rename":
        return lib.nfs_rename(nfs, paths[0], paths[1])
    if command == "chmod":
        return lib.nfs_chmod(nfs, paths[0], int(words[1], 8))
    return {"remove": lib.nfs_unlink, "mkdir": lib.nfs_mkdir, "rmdir": lib.nfs_rmdir}[command](nfs, paths[0])


command = []
for word in sys.argv[4:] + ["--"]:
    if word != "--":
        command.append(word)
        continue
    done(" ".join(command), run(*command))
    command = []
lib.nfs_umount(nfs)
lib.nfs_destroy_context(nfs)
