/// Doubles in the memory of floats; one double takes two floats. So sums of loss and metrics can be exchanged like
/// gradients, without losing bits.
extension Tensor {
    /// The number of elements that hold `count` doubles, rounded up to whole cache lines.
    package static func elements(ofDoubles count: Int) -> Int { FloatBuffer.aligned(2 * count) }

    package func storeDoubles(_ values: [Double]) {
        precondition(2 * values.count <= count, "\(values.count) doubles in a tensor \(shape)")
        withDoubles { for (index, value) in values.enumerated() { $0[index] = value } }
    }

    /// Overwrites the values with the tensor's first doubles.
    package func loadDoubles(into values: inout [Double]) {
        precondition(2 * values.count <= count, "\(values.count) doubles in a tensor \(shape)")
        withDoubles { doubles in for index in values.indices { values[index] = doubles[index] } }
    }

    private func withDoubles(_ body: (UnsafeMutablePointer<Double>) -> Void) {
        pointer.withMemoryRebound(to: Double.self, capacity: count / 2) { body($0) }
    }
}

/// `out = x + y`, for doubles in tensors. The tensors may share their memory.
package func addDoubles(_ x: Tensor, _ y: Tensor, into out: Tensor) {
    precondition(x.count == y.count && x.count == out.count, "add \(x.shape) and \(y.shape) into \(out.shape)")
    let doubles = out.count / 2
    x.pointer.withMemoryRebound(to: Double.self, capacity: doubles) { x in
        y.pointer.withMemoryRebound(to: Double.self, capacity: doubles) { y in
            out.pointer.withMemoryRebound(to: Double.self, capacity: doubles) { out in
                for index in 0..<doubles { out[index] = x[index] + y[index] }
            }
        }
    }
}
