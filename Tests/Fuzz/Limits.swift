import Foundation

/// What reading one input may take.
enum Limits {
    static let seconds: UInt32 = 20
    /// Threads' stacks, and what a model of few layers takes.
    private static let leastMemory = 64 << 20

    /// From now on, so many bytes of memory more than there are; those of an input of this size, or as many as there
    /// are.
    static func apply(bytes: Int, expansion: Int) {
        alarm(seconds)
        #if os(Linux)
            // In pages; the sixth is what the process has for itself.
            let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
            guard fields.count > 5, let pages = Int(fields[5]) else { return }
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
            limit.rlim_cur = rlim_t(pages * sysconf(Int32(_SC_PAGESIZE)) + leastMemory + expansion * bytes)
            setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
        #endif
    }

    /// Without a limit to memory, to tell whether that was what ended a process.
    static func applyTime() { alarm(seconds) }
}
