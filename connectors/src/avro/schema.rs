//! What a value is made of, read from the text of a schema.

use crate::json::SCALE_MAX;
use serde_json::Value;
use std::collections::BTreeMap;

/// Types of a schema that have a name, at most.
const NAMED_MAX: usize = 4_096;
/// How deep a schema may be nested.
const DEPTH_MAX: usize = 64;

/// The schema of a writer.
#[derive(Clone, Debug)]
pub struct Schema {
    pub(super) root: Shape,
    /// Types with a name: they may be named again, also within themselves.
    pub(super) named: Vec<Shape>,
}

/// What one value is made of.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Null,
    Bool,
    /// `int` and `long` are written alike.
    Whole,
    Float,
    Double,
    Bytes,
    Text,
    Fixed(usize),
    Symbol(Vec<String>),
    Array(Box<Shape>),
    Map(Box<Shape>),
    Union(Vec<Shape>),
    Record(Vec<(String, Shape)>),
    /// The type at this place among those with a name.
    Named(usize),
    /// Digits, so many of them behind the point.
    Decimal(u32, Box<Shape>),
    /// Days since 1970.
    Date,
    /// Time since 1970, so many to a millisecond.
    Moment(i64),
}

impl Schema {
    /// Reads the text of a schema.
    ///
    /// # Errors
    /// What in it is no schema.
    pub fn read(text: &str) -> Result<Self, String> {
        let said: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut reader = Reader::default();
        let root = reader.shape(&said, "", 0)?;
        Ok(Self {
            root,
            named: reader.named,
        })
    }
}

#[derive(Default)]
struct Reader {
    named: Vec<Shape>,
    places: BTreeMap<String, usize>,
}

impl Reader {
    fn shape(&mut self, said: &Value, space: &str, depth: usize) -> Result<Shape, String> {
        if depth > DEPTH_MAX {
            return Err(format!("it is nested deeper than {DEPTH_MAX}"));
        }
        match said {
            Value::String(word) => self.word(word, space),
            Value::Array(all) => {
                let each = all.iter().map(|one| self.shape(one, space, depth + 1));
                Ok(Shape::Union(each.collect::<Result<_, _>>()?))
            }
            Value::Object(_) => self.object(said, space, depth),
            _ => Err(format!("`{said}` is no type")),
        }
    }

    fn word(&self, word: &str, space: &str) -> Result<Shape, String> {
        Ok(match word {
            "null" => Shape::Null,
            "boolean" => Shape::Bool,
            "int" | "long" => Shape::Whole,
            "float" => Shape::Float,
            "double" => Shape::Double,
            "bytes" => Shape::Bytes,
            "string" => Shape::Text,
            name => {
                let place = self.places.get(&full(name, space));
                let place = place.or_else(|| self.places.get(name));
                Shape::Named(*place.ok_or_else(|| {
                    format!(
                        "`{name}` is no type of this schema; types of other schemas are not read"
                    )
                })?)
            }
        })
    }

    fn object(&mut self, said: &Value, space: &str, depth: usize) -> Result<Shape, String> {
        let kind = said.get("type").ok_or("a type has no `type`")?;
        let Value::String(word) = kind else {
            return self.shape(kind, space, depth + 1);
        };
        let plain = match word.as_str() {
            "array" => Shape::Array(Box::new(self.within(said, "items", space, depth)?)),
            "map" => Shape::Map(Box::new(self.within(said, "values", space, depth)?)),
            "record" | "error" => return self.record(said, space, depth),
            "enum" => {
                let symbols = texts(said, "symbols")?;
                return self.name(said, space, Shape::Symbol(symbols));
            }
            "fixed" => {
                let size = said.get("size").and_then(Value::as_u64);
                let size = size.and_then(|size| usize::try_from(size).ok());
                let plain = Shape::Fixed(size.ok_or("a `fixed` has no `size`")?);
                let shape = logical(said, plain)?;
                return self.name(said, space, shape);
            }
            word => self.word(word, space)?,
        };
        logical(said, plain)
    }

    fn within(
        &mut self,
        said: &Value,
        member: &str,
        space: &str,
        depth: usize,
    ) -> Result<Shape, String> {
        let inner = said.get(member);
        let inner = inner.ok_or_else(|| format!("a type has no `{member}`"))?;
        self.shape(inner, space, depth + 1)
    }

    fn record(&mut self, said: &Value, space: &str, depth: usize) -> Result<Shape, String> {
        let name = name_of(said, space)?;
        let inner = name
            .rsplit_once('.')
            .map_or("", |(space, _)| space)
            .to_owned();
        // Its name is known before its fields are: they may be of its own type.
        let shape = self.name(said, space, Shape::Null)?;
        let fields = said.get("fields").and_then(Value::as_array);
        let mut all = Vec::new();
        for field in fields.ok_or_else(|| format!("`{name}` has no `fields`"))? {
            let named = field.get("name").and_then(Value::as_str);
            let named = named.ok_or_else(|| format!("a field of `{name}` has no `name`"))?;
            all.push((named.to_owned(), self.within(field, "type", &inner, depth)?));
        }
        if let Shape::Named(at) = shape
            && let Some(place) = self.named.get_mut(at)
        {
            *place = Shape::Record(all);
        }
        Ok(shape)
    }

    /// Gives a type the name it says.
    fn name(&mut self, said: &Value, space: &str, shape: Shape) -> Result<Shape, String> {
        let name = name_of(said, space)?;
        let at = self.named.len();
        if at >= NAMED_MAX {
            return Err(format!("it has more than {NAMED_MAX} types"));
        }
        if self.places.insert(name.clone(), at).is_some() {
            return Err(format!("`{name}` stands twice"));
        }
        self.named.push(shape);
        Ok(Shape::Named(at))
    }
}

fn name_of(said: &Value, space: &str) -> Result<String, String> {
    let name = said.get("name").and_then(Value::as_str);
    let own = said.get("namespace").and_then(Value::as_str);
    Ok(full(
        name.ok_or("a type has no `name`")?,
        own.unwrap_or(space),
    ))
}

fn full(name: &str, space: &str) -> String {
    if space.is_empty() || name.contains('.') {
        name.to_owned()
    } else {
        format!("{space}.{name}")
    }
}

fn texts(said: &Value, member: &str) -> Result<Vec<String>, String> {
    let all = said.get(member).and_then(Value::as_array);
    let all = all.ok_or_else(|| format!("a type has no `{member}`"))?;
    let text = |one: &Value| one.as_str().map(str::to_owned);
    let texts: Option<Vec<String>> = all.iter().map(text).collect();
    texts.ok_or_else(|| format!("`{member}` is a list of texts"))
}

/// What a type means beside what it is. A meaning that is not known is passed over, as Avro says.
fn logical(said: &Value, plain: Shape) -> Result<Shape, String> {
    let meaning = said.get("logicalType").and_then(Value::as_str);
    Ok(match (meaning, plain) {
        (Some("decimal"), plain @ (Shape::Bytes | Shape::Fixed(_))) => {
            let scale = said.get("scale").map_or(Some(0), Value::as_u64);
            let scale = scale.and_then(|scale| u32::try_from(scale).ok());
            let fits = scale.filter(|scale| *scale <= SCALE_MAX);
            Shape::Decimal(
                fits.ok_or("a decimal has a `scale` of 0 to 38")?,
                Box::new(plain),
            )
        }
        (Some("date"), Shape::Whole) => Shape::Date,
        (Some("timestamp-millis"), Shape::Whole) => Shape::Moment(1),
        (Some("timestamp-micros"), Shape::Whole) => Shape::Moment(1_000),
        (Some("timestamp-nanos"), Shape::Whole) => Shape::Moment(1_000_000),
        (_, plain) => plain,
    })
}
