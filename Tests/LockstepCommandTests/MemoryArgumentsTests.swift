import Lockstep
import LockstepCommand
import Testing

/// Oracle: the sizes written out.
@Suite struct MemoryArgumentsTests {
    @Test(
        "a limit of memory from text",
        arguments: [
            ("800000B", 800_000), ("518352704B", 518_352_704), ("500MB", 500_000_000), ("1.5GB", 1_500_000_000),
            ("0.0000015MB", 2), ("99999999999999GB", Int.max),
        ])
    func size(_ text: String, bytes: Int) throws { #expect(try MemoryArguments.limit(text) == .bytes(bytes)) }

    @Test(
        "text that is no size",
        arguments: ["", "12", "MB", "1.5.2MB", "-5MB", "0B", "1 GB", "1GBs", "1gb", "nanGB", "infGB"])
    func noSize(_ text: String) { #expect(throws: (any Error).self) { try MemoryArguments.limit(text) } }
}
