import CKernels

extension Tensor {
    /// A hash of the elements. Tensors with different elements almost surely have different hashes.
    package var fingerprint: UInt64 {
        guard type == .string else { return ls_hash(pointer, count * MemoryLayout<Float>.stride) }
        return (0..<count).reduce(0) { $0 &* 31 ^ LockstepCompute.fingerprint(of: string(at: $1)) }
    }

    /// Whether all elements are finite numbers.
    package var isFinite: Bool { type != .float32 || (0..<count).allSatisfy { pointer[$0].isFinite } }
}

/// A hash of a text. Different texts almost surely have different hashes.
package func fingerprint(of text: String) -> UInt64 {
    var text = text
    return text.withUTF8 { ls_hash($0.baseAddress, $0.count) }
}
