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

    /// The one that machines with these have in common, and that all get the same bits from: the lowest of one kind of
    /// processor, and of several kinds the portable one, which needs nothing.
    package static func common(_ sets: [InstructionSet]) -> InstructionSet {
        guard Set(sets.map { $0 == .neon }).count == 1 else { return .portable }
        return allCases.first { sets.contains($0) } ?? .portable
    }

    /// What the environment variable `LOCKSTEP_INSTRUCTION_SET` asks for.
    package static var wish: String? { getenv("LOCKSTEP_INSTRUCTION_SET").map { String(cString: $0) } }

    /// The one to compute with: the fastest, or what the environment variable `LOCKSTEP_INSTRUCTION_SET` names.
    ///
    /// - Throws: `ComputeError.instructionSet` if the variable names none that this machine has.
    public static func selected() throws(ComputeError) -> InstructionSet {
        guard let name = wish else { return available.last ?? .portable }
        guard let set = InstructionSet(rawValue: name), available.contains(set) else {
            throw .instructionSet(received: name, available: available.map(\.rawValue))
        }
        return set
    }
}
