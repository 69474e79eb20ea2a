import CKernels

extension Tensor {
    /// A number that almost surely differs for tensors of other elements.
    package var fingerprint: UInt64 { ls_hash(pointer, count * MemoryLayout<Float>.stride) }

    /// Whether all elements are finite numbers.
    package var isFinite: Bool { type == .int32 || (0..<count).allSatisfy { pointer[$0].isFinite } }
}

/// A number that almost surely differs for other texts.
package func fingerprint(of text: String) -> UInt64 {
    var text = text
    return text.withUTF8 { ls_hash($0.baseAddress, $0.count) }
}
