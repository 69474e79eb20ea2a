import Lockstep

extension KernelBenchmark {
    /// The three products of a convolution, for small images with many channels, larger images with few channels, and
    /// with padding and strides.
    static let convolutions: [KernelBenchmark] = [
        (13, 32, 64, 3, 1, false), (28, 1, 32, 3, 1, false), (16, 64, 64, 3, 1, true), (32, 16, 32, 3, 2, true),
    ].flatMap { (size: Int, channels: Int, filters: Int, taps: Int, stride: Int, isSame: Bool) in
        let window = Window(size: size, taps: taps, stride: stride, isSame: isSame)
        let positions = 128 * window.positions * window.positions
        let title =
            "128×\(size)×\(size)×\(channels)→\(filters)\(stride > 1 ? "/\(stride)" : "")\(isSame ? " same" : "")"
        let work = 2 * Double(positions * taps * taps * channels * filters)
        func benchmark(_ name: String, _ prepare: @escaping @Sendable (Tensor, Tensor, Tensor, Crew) -> () -> Void)
            -> KernelBenchmark
        {
            KernelBenchmark(name: "\(name) \(title)", work: work, isCompute: true) { crew in
                let x = Tensor.normal([128, size, size, channels], seed: 1)
                let kernel = Tensor.normal([taps, taps, channels, filters], seed: 2)
                return prepare(
                    x, kernel, Tensor.normal([128, window.positions, window.positions, filters], seed: 3), crew)
            }
        }
        return [
            benchmark("convolve") { x, kernel, y, crew in
                { convolve(x, kernel, bias: nil, activation: .relu, y: window, x: window, into: y, on: crew) }
            },
            benchmark("kernel gradient") { x, kernel, dy, crew in
                {
                    convolutionKernelGradient(
                        x, dy: dy, y: window, x: window, by: RowPartition(rows: x.rowCount), into: [kernel],
                        totals: nil, on: crew)
                }
            },
            benchmark("input gradient") { x, kernel, dy, crew in
                { convolutionInputGradient(dy, kernel, y: window, x: window, into: x, on: crew) }
            },
        ]
    }

    /// The recurrent part of an LSTM, forward: its product and its gates.
    static func recurrence(batch: Int, time: Int, units: Int) -> KernelBenchmark {
        KernelBenchmark(
            name: "lstm \(batch)×\(time), \(units) units", work: 8 * Double(batch * (time - 1) * units * units),
            isCompute: true
        ) { crew in
            let kernel = Tensor.normal([units, 4 * units], standardDeviation: 0.1, seed: 1)
            let gates = Tensor.normal([time, batch, 4 * units], seed: 2)
            let (c, h) = (Tensor.zeros([time, batch, units]), Tensor.zeros([time, batch, units]))
            let recurrence = Recurrence(
                time: time, sums: RowPartition(rows: batch), units: units, activation: .tanh,
                recurrentActivation: .sigmoid)
            return { recurrence.forward(gates: gates, kernel: kernel, c: c, h: h, on: crew) }
        }
    }
}
