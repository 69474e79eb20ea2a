#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How many bytes of memory this machine has.
package func physicalMemory() -> Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }

/// How many bytes are free in `/dev/shm`, through which the ranks of a host share memory; nil if there is none.
package func freeSharedMemory() -> Int? {
    #if os(Linux)
        var status = statvfs()
        guard statvfs("/dev/shm", &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    #else
        return nil
    #endif
}
