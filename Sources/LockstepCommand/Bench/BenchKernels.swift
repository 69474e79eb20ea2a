import ArgumentParser
import Lockstep

/// Measures the kernels.
struct BenchKernels: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Compare each kernel with the limits of the machine.",
        discussion: """
            The limits are the multiply-adds of a core from registers alone, and the bandwidth of a copy. Every kernel is measured at many \
            GFLOP/s or GB/s and as a fraction of that, with one thread and with all, for each instruction set of the machine.
            """)

    @Option(help: "Measure only this instruction set: portable, neon, avx2, avx512.") var set: String?
    @Option(help: "Measure only kernels whose name contains this text.") var only: String?
    @Flag(help: "Write one JSON object on each line.") var json = false

    func validate() throws {
        let known = InstructionSet.available.map(\.rawValue)
        if let set, !known.contains(set) {
            throw ValidationError("no instruction set '\(set)' here; there are \(known.joined(separator: ", "))")
        }
    }

    func run() throws { Job.run { try Job.once(measure) } }

    private func measure() throws {
        let all = max(1, try Processors.allowed().threads())
        for set in InstructionSet.available where self.set == nil || set.rawValue == self.set {
            let single = try Crew(threads: 1, instructionSet: set)
            let peak = multiplyAddPeak(single)
            let copy = copyBandwidth(on: single).best
            if json {
                Job.print(try jsonLine(MachineLimits(set: set.rawValue, peakGflops: peak, copyGbPerS: copy)))
            } else {
                Job.print(
                    "\(set.rawValue): a core makes \(column(peak, width: 0)) GFLOP/s, a copy moves \(column(copy, width: 0)) GB/s"
                )
                Job.print("  \(column("kernel", width: 34)) threads                 of the bound")
            }
            for threads in Set([1, all]).sorted() {
                let crew = try Crew(threads: threads, instructionSet: set)
                for benchmark in KernelBenchmark.all where only.map({ benchmark.name.contains($0) }) ?? true {
                    let rate = crew.together { benchmark.rate(on: crew) }
                    // The memory, which all cores share, limits copies. Each core limits its own multiply-adds.
                    let fraction = benchmark.isCompute ? rate / (peak * Double(threads)) : rate / copy
                    let row = Row(
                        set: set.rawValue, kernel: benchmark.name, threads: threads, rate: rate, unit: benchmark.unit,
                        fraction: fraction)
                    Job.print(json ? try jsonLine(row) : row.line)
                }
            }
        }
    }

    private struct MachineLimits: Encodable {
        let set: String
        let peakGflops, copyGbPerS: Double
    }

    private struct Row: Encodable {
        let set, kernel: String
        let threads: Int
        let rate: Double
        let unit: String
        let fraction: Double

        var line: String {
            "  \(column(kernel, width: 34)) \(column(Double(threads), digits: 0, width: 7)) \(column(rate, width: 9)) \(column(unit, width: 8))"
                + column(fraction, digits: 2, width: 6)
        }
    }
}
