import Lockstep

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The machine, the software and the date of a measurement.
struct Machine: Codable {
    let hostname, cpu: String
    /// The cores of the whole machine, whatever a rank is bound to.
    let cores: Int
    let instructionSet: String
    /// Nil for a single process without MPI.
    let mpi: String?
    let date: String

    /// This machine, now.
    static func current() throws -> Machine {
        let communicator = try Job.communicator()
        return Machine(
            hostname: communicator.host, cpu: processorName(), cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
            instructionSet: try InstructionSet.selected().rawValue, mpi: communicator.library,
            date: Date.now.formatted(.iso8601))
    }

    /// The processor's name on Linux; otherwise, or without a name, its architecture.
    private static func processorName() -> String {
        if let bytes = try? FileBytes.read("/proc/cpuinfo") {
            let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first {
                $0.hasPrefix("model name")
            }
            let name = line?.split(separator: ":", maxSplits: 1).last?.drop { $0 == " " }
            if let name { return String(name) }
        }
        var system = utsname()
        uname(&system)
        return withUnsafeBytes(of: system.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

/// The peak memory of this process, in bytes.
func peakMemory() -> Int {
    var usage = rusage()
    #if canImport(Glibc)
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    #else
        getrusage(RUSAGE_SELF, &usage)
        return usage.ru_maxrss
    #endif
}
