import CKernels

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The vector instructions that the kernels are compiled for.
public enum InstructionSet: String, CaseIterable, Sendable {
    case portable, neon, avx2, avx512

    private var identifier: ls_instruction_set {
        switch self {
        case .portable: LS_PORTABLE
        case .neon: LS_NEON
        case .avx2: LS_AVX2
        case .avx512: LS_AVX512
        }
    }

    package var kernels: UnsafePointer<ls_kernels>? { ls_kernels_of(identifier) }

    /// Those this machine and this build have, the fastest last.
    public static var available: [InstructionSet] { allCases.filter { $0.kernels != nil } }

    /// The one to compute with: the fastest, or what the environment variable `LOCKSTEP_INSTRUCTION_SET` names.
    ///
    /// - Throws: `ComputeError.instructionSet` if the variable names none that this machine has.
    public static func selected() throws(ComputeError) -> InstructionSet {
        guard let value = getenv("LOCKSTEP_INSTRUCTION_SET") else { return available.last ?? .portable }
        let name = String(cString: value)
        guard let set = InstructionSet(rawValue: name), available.contains(set) else {
            throw .instructionSet(received: name, available: available.map(\.rawValue))
        }
        return set
    }
}
