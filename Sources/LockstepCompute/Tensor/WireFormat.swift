import CKernels

/// The encoding of numbers in messages between nodes.
///
/// The two-byte formats halve the messages. The rounding error of a sum is kept where it arose, and is added to the sum
/// of the next step (error feedback, Seide et al., 2014). So nothing is lost in the long run.
public enum WireFormat: String, CaseIterable, Sendable {
    case float32
    /// Eight bits of precision, the range of float.
    case bfloat16
    /// Eleven bits of precision. The part of a value above 65504 is kept for the next steps.
    case float16

    /// The number of bytes of an element.
    package var size: Int { self == .float32 ? 4 : 2 }

    private var format: ls_wire_format { self == .bfloat16 ? LS_BFLOAT16 : LS_FLOAT16 }

    /// The number of floats that hold `count` encoded elements.
    package func floats(for count: Int) -> Int { self == .float32 ? count : (count + 1) / 2 }

    /// Encodes elements.
    ///
    /// - Parameter residual: the rounding errors of the step before. They are added to the values, then replaced by the
    ///   new rounding errors.
    package func encode(_ values: Tensor, residual: Tensor?, into encoded: Tensor) {
        encoded.pointer.withMemoryRebound(to: UInt16.self, capacity: encoded.count * 2) {
            ls_wire_encode(format, values.count, values.pointer, residual?.pointer, $0)
        }
    }

    package func decode(_ encoded: Tensor, into values: Tensor) {
        encoded.pointer.withMemoryRebound(to: UInt16.self, capacity: encoded.count * 2) {
            ls_wire_decode(format, values.count, $0, values.pointer)
        }
    }
}
