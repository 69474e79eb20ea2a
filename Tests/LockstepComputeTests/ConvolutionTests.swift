import Foundation
import LockstepCompute
import TestSupport
import Testing

/// Oracle: loops over the definition, in double precision. Enough images that they are cut into parts, padded and taken
/// in tiles.
@Suite(.serialized) struct ConvolutionTests {
    struct Case: Sendable {
        let size: (y: Int, x: Int)
        let channels, filters, taps, stride, dilation: Int
        let isSame: Bool

        var y: Window { Window(size: size.y, taps: taps, stride: stride, dilation: dilation, isSame: isSame) }
        var x: Window { Window(size: size.x, taps: taps, stride: stride, dilation: dilation, isSame: isSame) }
    }

    static let images = 33
    static let cases = [
        Case(size: (14, 15), channels: 3, filters: 5, taps: 3, stride: 1, dilation: 1, isSame: false),
        Case(size: (5, 6), channels: 7, filters: 18, taps: 3, stride: 1, dilation: 1, isSame: true),
        Case(size: (13, 12), channels: 2, filters: 3, taps: 3, stride: 1, dilation: 2, isSame: true),
        Case(size: (9, 8), channels: 4, filters: 6, taps: 3, stride: 2, dilation: 1, isSame: true),
    ]

    @Test(
        "forward, the kernel's gradient behind an activation, the images' gradient", arguments: 0..<cases.count,
        InstructionSet.available)
    func products(_ number: Int, set: InstructionSet) throws {
        let of = Self.cases[number]
        let (images, positions) = (Self.images, (y: of.y.positions, x: of.x.positions))
        let x = sample([images, of.size.y, of.size.x, of.channels], seed: 1)
        let kernel = sample([of.taps, of.taps, of.channels, of.filters], seed: 2)
        let bias = sample([of.filters], seed: 3)
        let dy = sample([images, positions.y, positions.x, of.filters], seed: 4)

        var y = (0..<dy.count).map { Double(bias[$0 % of.filters]) }
        each(of) { input, output, weight in
            for c in 0..<of.channels {
                for f in 0..<of.filters {
                    y[output + f] += Double(x[input + c]) * Double(kernel[weight + c * of.filters + f])
                }
            }
        }
        let dz = (0..<dy.count).map { Double(dy[$0]) * (1 - tanh(y[$0]) * tanh(y[$0])) }
        var (dKernel, dx) = ([Double](repeating: 0, count: kernel.count), [Double](repeating: 0, count: x.count))
        each(of) { input, output, weight in
            for c in 0..<of.channels {
                for f in 0..<of.filters {
                    dKernel[weight + c * of.filters + f] += Double(x[input + c]) * dz[output + f]
                    dx[input + c] += dz[output + f] * Double(kernel[weight + c * of.filters + f])
                }
            }
        }
        let dBias = (0..<of.filters).map { f in stride(from: f, to: dz.count, by: of.filters).reduce(0) { $0 + dz[$1] }
        }

        for threads in [1, 3] {
            let crew = try Crew(threads: threads, instructionSet: set)
            let (out, gradient) = (Tensor.full(dy.shape, .nan), dy.copy())
            let (dk, db, di) = (
                Tensor.full(kernel.shape, .nan), Tensor.full([of.filters], .nan), Tensor.full(x.shape, .nan)
            )
            crew.together {
                convolve(x, kernel, bias: bias, activation: .tanh, y: of.y, x: of.x, into: out, on: crew)
                convolutionKernelGradient(
                    x, dy: gradient, behind: (.tanh, out, out), y: of.y, x: of.x, by: RowPartition(rows: Self.images),
                    into: [dk],
                    totals: [db],
                    on: crew)
                convolutionInputGradient(gradient, kernel, y: of.y, x: of.x, into: di, on: crew)
            }
            #expect(relativeError(out.elements.map(Double.init), y.map(tanh)) < 1e-5)
            #expect(relativeError(gradient.elements.map(Double.init), dz) < 1e-5)
            #expect(relativeError(dk.elements.map(Double.init), dKernel) < 1e-5)
            #expect(relativeError(db.elements.map(Double.init), dBias) < 1e-5)
            #expect(relativeError(di.elements.map(Double.init), dx) < 1e-5)
        }
    }

    /// Runs over every tap inside an image: the places of its channels in the input, its filters in the output, its
    /// weights.
    private func each(_ of: Case, _ body: (_ input: Int, _ output: Int, _ weight: Int) -> Void) {
        for image in 0..<Self.images {
            for py in 0..<of.y.positions {
                for px in 0..<of.x.positions {
                    for tap in 0..<of.taps * of.taps {
                        let row = py * of.stride + tap / of.taps * of.dilation - of.y.padding
                        let column = px * of.stride + tap % of.taps * of.dilation - of.x.padding
                        guard row >= 0, row < of.size.y, column >= 0, column < of.size.x else { continue }
                        body(
                            ((image * of.size.y + row) * of.size.x + column) * of.channels,
                            ((image * of.y.positions + py) * of.x.positions + px) * of.filters,
                            tap * of.channels * of.filters)
                    }
                }
            }
        }
    }
}
