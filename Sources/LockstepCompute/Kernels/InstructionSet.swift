import CKernels

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The vector instructions that the kernels are compiled for.
package enum InstructionSet: String, CaseIterable, Sendable {
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

    /// The sets that this machine and this build have, the fastest last.
    package static var available: [InstructionSet] { allCases.filter { $0.kernels != nil } }

    /// The set that all machines with these sets have, so that all compute the same bits. For one kind of processor, it
    /// is the lowest set; for several kinds, the portable one, which every machine has.
    package static func common(_ sets: [InstructionSet]) -> InstructionSet {
        guard Set(sets.map { $0 == .neon }).count == 1 else { return .portable }
        return allCases.first { sets.contains($0) } ?? .portable
    }

    /// What the environment variable `LOCKSTEP_INSTRUCTION_SET` asks for.
    package static var wish: String? { getenv("LOCKSTEP_INSTRUCTION_SET").map { String(cString: $0) } }

    /// The set to compute with: the fastest, or the one that the environment variable `LOCKSTEP_INSTRUCTION_SET` names.
    ///
    /// - Throws: `ComputeError.instructionSet` if the variable names no set that this machine has.
    package static func selected() throws(ComputeError) -> InstructionSet {
        guard let name = wish else { return available.last ?? .portable }
        guard let set = InstructionSet(rawValue: name), available.contains(set) else {
            throw .instructionSet(received: name, available: available.map(\.rawValue))
        }
        return set
    }
}
