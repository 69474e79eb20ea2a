import CKernels

/// How numbers travel between nodes.
///
/// With the formats of two bytes, half the bytes travel, and what rounding takes from a sum is kept where it was
/// rounded and added to the next step's (error feedback, Seide et al., 2014), so that nothing is lost in the long run.
public enum WireFormat: String, CaseIterable, Sendable {
    case float32
    /// Eight bits of precision, the range of float.
    case bfloat16
    /// Eleven bits of precision; what is above 65504 waits for the next steps.
    case float16

    /// Bytes of an element.
    package var size: Int { self == .float32 ? 4 : 2 }

    private var format: ls_wire_format { self == .bfloat16 ? LS_BFLOAT16 : LS_FLOAT16 }

    /// How many floats the memory of so many encoded elements takes.
    package func floats(for count: Int) -> Int { self == .float32 ? count : (count + 1) / 2 }

    /// Encodes elements.
    ///
    /// - Parameter residual: what rounding took before; it is added, and replaced by what rounding takes now.
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
