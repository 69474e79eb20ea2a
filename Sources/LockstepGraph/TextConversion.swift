/// A conversion of an input of text to an input of whole numbers, which goes before the operations of a model.
package struct TextConversion {
    /// The number of the text among the inputs of text.
    package let text: Int
    package let converter: AnyObject
    /// The number of the whole numbers among the inputs of the operations.
    package let input: Int
}
