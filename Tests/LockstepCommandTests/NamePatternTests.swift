import LockstepCommand
import Testing

@Suite("Patterns of names") struct NamePatternTests {
    /// Oracle: what a shell's `*` matches.
    @Test(
        "a star stands for any text",
        arguments: [
            ("dense", "dense", true), ("dense", "dense_1", false), ("dense*", "dense_1", true),
            ("dense*", "dense", true),
            ("*", "", true), ("base/*", "base/conv", true), ("base/*", "base", false), ("*conv*", "base/conv_2", true),
            ("a*b*c", "abc", true), ("a*b*c", "acb", false), ("a*a", "a", false), ("**x", "x", true), ("", "x", false),
        ])
    func star(pattern: String, text: String, matches: Bool) {
        #expect(NamePattern(pattern).matches(text) == matches)
    }
}
