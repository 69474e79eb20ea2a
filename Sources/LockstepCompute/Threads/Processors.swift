import CKernels

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The processors that this process may use: those that it is bound to, within the quota of its control group.
///
/// This is not the core count of the machine: if each rank used all cores, the ranks would compete for them.
package struct Processors: Equatable, Sendable {
    /// A bit for each processor the process may run on, 64 to a word.
    package let mask: [UInt64]
    /// How much processor time the control group allows, as a number of processors; nil without a limit.
    package let quota: Double?

    package init(mask: [UInt64], quota: Double?) {
        self.mask = mask
        self.quota = quota
    }

    /// What the operating system says now.
    package static func allowed() -> Processors {
        var words = [UInt64](repeating: 0, count: Int(LS_PROCESSOR_WORDS))
        _ = words.withUnsafeMutableBufferPointer { ls_allowed_processors($0.baseAddress!) }
        return Processors(mask: words, quota: controlGroupQuota())
    }

    /// The processors that this process could use if it were not bound: all of the machine, or of its control group.
    package static func usable() -> Processors {
        var words = [UInt64](repeating: 0, count: Int(LS_PROCESSOR_WORDS))
        _ = words.withUnsafeMutableBufferPointer { ls_usable_processors($0.baseAddress!) }
        return Processors(mask: words, quota: controlGroupQuota())
    }

    package var count: Int { mask.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// The numbers of the processors.
    package var list: [Int] {
        mask.indices.flatMap { word in (0..<64).filter { mask[word] >> UInt64($0) & 1 == 1 }.map { word * 64 + $0 } }
    }

    /// Their numbers as `taskset` and Open MPI write them: `"0-3,8"`.
    package var ranges: String {
        var ranges: [ClosedRange<Int>] = []
        for number in list {
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(
            separator: ",")
    }

    package func overlaps(_ other: Processors) -> Bool { zip(mask, other.mask).contains { $0 & $1 != 0 } }

    package func union(_ other: Processors) -> Processors {
        Processors(mask: zip(mask, other.mask).map { $0 | $1 }, quota: quota)
    }

    /// The number of threads for each of `sharing` processes that share these processors; `LOCKSTEP_THREADS` overrides
    /// it.
    ///
    /// - Parameter onHost: the number of processes on this host. They share the quota, wherever they are bound.
    /// - Throws: `ComputeError.threads` if the variable is not a number from 1 to 1024.
    package func threads(sharing: Int = 1, onHost: Int = 1) throws(ComputeError) -> Int {
        if let value = getenv("LOCKSTEP_THREADS") {
            let text = String(cString: value)
            guard let threads = Int(text), (1...1024).contains(threads) else { throw .threads(received: text) }
            return threads
        }
        let bound = Double(count) / Double(max(sharing, 1))
        let granted = (quota ?? .infinity) / Double(max(sharing, onHost, 1))
        return max(1, Int(min(bound, granted)))
    }

    /// `cpu.max` of cgroup v2: "quota period" in microseconds, or "max".
    private static func controlGroupQuota() -> Double? {
        guard let file = fopen("/sys/fs/cgroup/cpu.max", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 64)
        guard fgets(&line, 64, file) != nil else { return nil }
        let text = line.prefix { $0 != 0 }.map { Character(UnicodeScalar(UInt8(bitPattern: $0))) }
        let fields = String(text).split(whereSeparator: \.isWhitespace)
        guard fields.count == 2, let quota = Double(fields[0]), let period = Double(fields[1]), period > 0 else {
            return nil
        }
        return quota / period
    }
}
