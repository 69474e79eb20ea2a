import LockstepCompute
import LockstepGraph
import TestSupport
import Testing

/// What plain loops make of a case, and the differences of Σ y·dy at some positions.
struct Known {
    let shape: Shape
    var y: [Double] = []
    /// For each input and weight.
    var positions: [[Int]] = []
    var gradients: [[Double]] = []

    init(_ item: OperationCase, _ inputs: [Tensor], _ weights: [Tensor], rows: Int) {
        func arrays(_ row: Int) -> [Naive] {
            zip(inputs, item.inputs).map { Naive($0.row(row), shape: $1) }
                + zip(weights, item.weights).map { Naive($0, shape: $1) }
        }
        let one =
            item.inputs.map { shape in Naive(shape.dimensions) { _ in 1 } }
            + item.weights.map { Naive(Tensor.ones($0), shape: $0) }
        let rowShape = item.oracle(one).shape
        shape = Shape([rows] + rowShape)
        let dy = sample(shape, seed: 9).elements.map(Double.init)
        let width = Shape(rowShape).count
        for row in 0..<rows { y += item.oracle(arrays(row)).values }
        func objective(_ row: Int, _ arrays: [Naive]) -> Double {
            zip(item.oracle(arrays).values, dy[row * width..<(row + 1) * width]).reduce(0) { $0 + $1.0 * $1.1 }
        }
        func slope(_ row: Int, _ index: Int, _ position: Int) -> Double {
            func at(_ offset: Double) -> Double {
                var arrays = arrays(row)
                arrays[index].values[position] += offset
                return objective(row, arrays)
            }
            return (at(1e-5) - at(-1e-5)) / 2e-5
        }
        for (index, tensor) in (inputs + weights).enumerated() {
            let isWeight = index >= inputs.count
            let places = Array(stride(from: 0, to: tensor.count, by: max(1, tensor.count / (isWeight ? 5 : 13))))
            positions.append(places)
            gradients.append(
                places.map { position in
                    guard !isWeight else { return (0..<rows).reduce(0) { $0 + slope($1, index, position) } }
                    let count = item.inputs[index].count
                    return slope(position / count, index, position % count)
                })
        }
    }

    /// Compares what was computed with this.
    func check(_ result: OperationBench.Result, _ place: String) {
        #expect(result.y.shape == shape, "\(place)")
        #expect(relativeError(result.y.elements.map(Double.init), y) < 1e-5, "\(place)")
        for (index, gradient) in (result.dx + result.gradients.map { $0[0] }).enumerated() {
            let received = positions[index].map { Double(gradient[$0]) }
            #expect(received.allSatisfy { $0.isFinite }, "gradient \(index), \(place)")
            // A gradient that is zero may be what rounding leaves of its terms.
            let scale = max(gradients[index].map(abs).max() ?? 0, 1e-2)
            let difference = zip(received, gradients[index]).map { abs($0 - $1) }.max() ?? 0
            #expect(difference <= 2e-5 * scale, "gradient \(index), \(place)")
        }
    }
}
