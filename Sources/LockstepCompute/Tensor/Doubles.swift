/// Doubles in the memory of floats, two for one: sums of loss and metrics travel the ways of gradients without losing
/// bits.
extension Tensor {
    /// How many elements some doubles take, on cache lines of their own.
    package static func elements(ofDoubles count: Int) -> Int { FloatBuffer.aligned(2 * count) }

    package func storeDoubles(_ values: [Double]) {
        precondition(2 * values.count <= count, "\(values.count) doubles in a tensor \(shape)")
        withDoubles { for (index, value) in values.enumerated() { $0[index] = value } }
    }

    /// Overwrites the values with the first of those here.
    package func loadDoubles(into values: inout [Double]) {
        precondition(2 * values.count <= count, "\(values.count) doubles in a tensor \(shape)")
        withDoubles { doubles in for index in values.indices { values[index] = doubles[index] } }
    }

    private func withDoubles(_ body: (UnsafeMutablePointer<Double>) -> Void) {
        pointer.withMemoryRebound(to: Double.self, capacity: count / 2) { body($0) }
    }
}

/// `out = x + y`, of doubles in tensors; any of them may be the same memory.
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
