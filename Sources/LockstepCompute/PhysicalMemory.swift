#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How many bytes of memory this machine has.
package func physicalMemory() -> Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }
