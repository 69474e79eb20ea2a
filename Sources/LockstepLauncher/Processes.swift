#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Processes as `/proc` shows them; none if there is no `/proc`.
enum Processes {
    /// The children of a process, including those that have ended and are not reaped.
    static func children(of process: pid_t) -> [pid_t] {
        let threads = Files.names(in: "/proc/\(process)/task")
        let lists = threads.compactMap { Files.text("/proc/\(process)/task/\($0)/children") }
        return lists.isEmpty
            ? all(childrenOf: process) : lists.flatMap { $0.split(separator: " ").compactMap { pid_t($0) } }
    }

    /// Whether a process has not ended.
    static func isRunning(_ process: pid_t) -> Bool {
        state(of: process).map { $0.state != "Z" && $0.state != "X" } ?? false
    }

    /// For kernels that keep no lists of children.
    private static func all(childrenOf process: pid_t) -> [pid_t] {
        Files.names(in: "/proc").compactMap { pid_t($0) }.filter { state(of: $0)?.parent == process }
    }

    private static func state(of process: pid_t) -> (state: Substring, parent: pid_t)? {
        // The name, in parentheses, may hold anything.
        guard let text = Files.text("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 1, let parent = pid_t(fields[1]) else { return nil }
        return (fields[0], parent)
    }

    /// The value of a variable in the environment that a process was started with.
    static func variable(_ name: String, of process: pid_t) -> String? {
        let entries = Files.text("/proc/\(process)/environ")?.split(separator: "\0") ?? []
        return entries.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
