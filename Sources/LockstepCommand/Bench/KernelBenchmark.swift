import Lockstep

/// The benchmark of one kernel at one shape.
struct KernelBenchmark: Sendable {
    let name: String
    /// The floating-point operations, or the bytes read and written, of one run.
    let work: Double
    /// Whether arithmetic is the limit, and not memory.
    let isCompute: Bool
    /// Makes the operands. The returned closure runs the kernel once.
    let prepare: @Sendable (Crew) -> () -> Void

    var unit: String { isCompute ? "GFLOP/s" : "GB/s" }

    /// The work a second, in units of 10⁹: the best of many runs.
    func rate(on crew: Crew) -> Double { work / shortestRun(prepare(crew)) * 1e-9 }

    static let all: [KernelBenchmark] =
        products.map { rows, columns, depth, transposed in
            KernelBenchmark(
                name: "matmul \(rows)×\(columns)×\(depth)\(transposed == .neither ? "" : " \(transposed)")",
                work: 2 * Double(rows * columns * depth), isCompute: true
            ) { crew in
                let a = Tensor.normal(transposed == .first ? [depth, rows] : [rows, depth], seed: 1)
                let b = Tensor.normal(transposed == .second ? [columns, depth] : [depth, columns], seed: 2)
                let c = Tensor.zeros([rows, columns])
                return { matmul(a, b, transposed: transposed, into: c, on: crew) }
            }
        }
        + convolutions + [recurrence(batch: 128, time: 28, units: 128)]
        + activations.flatMap { function in
            [[128, 512], [4096, 512]].map { (shape: Shape) in
                KernelBenchmark(name: "\(function) \(shape)", work: 8 * Double(shape.count), isCompute: false) { crew in
                    let x = Tensor.normal(shape, seed: 1)
                    let y = Tensor.zeros(shape)
                    return { function.apply(x, into: y, on: crew) }
                }
            }
        } + [
            pass("add 65536", count: 65_536, streams: 3) { x, y, crew in { add(x, y, into: y, on: crew) } },
            pass("affine columns 15488×64", count: 991_232, streams: 2) { x, y, crew in
                let (matrix, a) = (try? x.reshaped([15488, 64]), Tensor.normal([64], seed: 3))
                return { if let matrix { affineColumns(matrix, a, a, into: y, on: crew) } }
            },
            pass("column sums 15488×64", count: 991_232, streams: 1) { x, _, crew in
                let (matrix, sums) = (try? x.reshaped([15488, 64]), Tensor.zeros([64]))
                return { if let matrix { columnSums(matrix, into: sums, on: crew) } }
            },
            pass("largest pool 128×26×26×32", count: 2_768_896, streams: 1) { x, y, crew in
                let window = Window(size: 26, taps: 2, stride: 2, isSame: false)
                let (images, out) = (try? x.reshaped([128, 26, 26, 32]), Tensor.zeros([128, 13, 13, 32]))
                return {
                    if let images {
                        pool(.max, images, y: window, x: window, winners: y.rows(0..<out.count), into: out, on: crew)
                    }
                }
            },
            pass("column sums 128×512", count: 65_536, streams: 1) { x, _, crew in
                let (matrix, sums) = (try? x.reshaped([128, 512]), Tensor.zeros([512]))
                return { if let matrix { columnSums(matrix, into: sums, on: crew) } }
            },
            pass("dropout mask 65536", count: 65_536, streams: 1) { _, y, crew in
                let stream = RandomStream(seed: 1, purpose: .dropout)
                return { dropoutMask(rate: 0.5, from: stream, first: 0, into: y, on: crew) }
            },
            optimizer(SGD(), count: 669_706, streams: 3), optimizer(Adam(), count: 669_706, streams: 7),
            optimizer(RMSprop(), count: 669_706, streams: 5),
        ]

    /// Rows, columns, depth: square shapes, the shapes of a model with 784 inputs and 512 units, and narrow shapes.
    private static let products: [(Int, Int, Int, Transposed)] = [
        (512, 512, 512, .neither), (1024, 1024, 1024, .neither), (2048, 2048, 2048, .neither),
        (128, 512, 784, .neither),
        (64, 512, 784, .neither),
        (784, 512, 128, .first), (128, 784, 512, .second), (128, 10, 512, .neither), (512, 10, 128, .first),
        (8, 512, 512, .neither),
        (1, 512, 512, .neither), (512, 1, 512, .neither),
    ]

    private static let activations: [ActivationFunction] = [.relu, .sigmoid, .tanh, .gelu, .softmax]

    private static func pass(
        _ name: String, count: Int, streams: Int, _ prepare: @escaping @Sendable (Tensor, Tensor, Crew) -> () -> Void
    ) -> KernelBenchmark {
        KernelBenchmark(name: name, work: Double(4 * count * streams), isCompute: false) { crew in
            prepare(.normal([count], seed: 1), .zeros([count]), crew)
        }
    }

    private static func optimizer(_ optimizer: some Optimizer, count: Int, streams: Int) -> KernelBenchmark {
        pass("\(optimizer.name) \(count)", count: count, streams: streams) { gradients, values, crew in
            let slots = (0..<optimizer.slotCount).map { _ in Tensor.zeros([count]) }
            return { optimizer.update(values, gradients: gradients, scale: 1, iteration: 1, slots: slots, on: crew) }
        }
    }
}
