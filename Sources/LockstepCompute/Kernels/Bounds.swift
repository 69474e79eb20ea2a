// The limits of a machine, with which kernels are compared.

/// GFLOP/s of multiply-adds on registers alone, on one core: the best of many runs.
package func multiplyAddPeak(_ crew: Crew) -> Double {
    (0..<20).map { _ in
        let start = monotonicSeconds()
        let operations = crew.kernels.multiply_add_peak(200_000)
        return operations / (monotonicSeconds() - start) * 1e-9
    }.max() ?? 0
}

/// GB/s of copying by the crew's threads, with bytes read and bytes written. `best` is the best of many runs: what the
/// machine can do. `sustained` is the mean of all runs: what was left while others copied too.
package func copyBandwidth(on crew: Crew, bytes: Int = 64 << 20) -> (best: Double, sustained: Double) {
    let count = max(bytes / MemoryLayout<Float>.stride, 1)
    let (from, to) = (Tensor.ones([count]), Tensor.zeros([count]))
    let work = Copy(from: from.pointer, to: to.pointer, cut: crew.cut(count, grain: 64 * 1024))
    let times = crew.together { RunTimes { crew.perform(work, chunks: work.cut.chunks) } }
    // The work has only the addresses of their memory.
    withExtendedLifetime((from, to)) {}
    let moved = 2 * Double(count * MemoryLayout<Float>.stride) * 1e-9
    return (moved / times.shortest, moved / times.mean)
}

/// Seconds of the shortest of many runs, which take about 60 ms together.
package func shortestRun(_ body: () -> Void) -> Double { RunTimes(of: body).shortest }

/// How long the runs of a body took, in seconds.
package struct RunTimes {
    package let shortest, mean: Double

    /// Runs it once unmeasured, then for about 60 ms.
    package init(of body: () -> Void) {
        body()
        var shortest = Double.infinity
        var runs = 0
        let start = monotonicSeconds()
        var now = start
        while now - start < 0.06 {
            let before = now
            body()
            now = monotonicSeconds()
            shortest = min(shortest, now - before)
            runs += 1
        }
        self.shortest = shortest
        mean = (now - start) / Double(runs)
    }
}

private struct Copy: ChunkedWork {
    let from, to: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        let range = cut[chunk]
        (to + range.lowerBound).update(from: from + range.lowerBound, count: range.count)
    }
}
