//! The judges of a suite before their models are there: what each asks, and what it says for itself.

use super::config::{CascadeTable, Config, JuryTable, MemberTable, SuiteFile};
use super::own_settings::{AskedSeat, OwnSettings};
use super::routes::RouteSeat;
use super::signatures;
use super::thresholds::Thresholds;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::{Aggregation, Judge, JuryMember, JuryOptions, JuryRule};
use crate::signature::{ScaleKind, Spec};

/// A judge's place on the panel, before its models are there.
pub(super) struct Seat {
    pub(super) name: String,
    pub(super) spec: Spec,
    pub(super) weight: f64,
    pub(super) required: bool,
    aggregation: Aggregation,
    /// What it says for itself, over what the suite says.
    own: OwnSettings,
    /// The judges that it is made of.
    made_of: Option<MadeOf>,
    /// The rules that choose its model, where it is made of no others.
    route: Option<RouteSeat>,
}

/// Judges in another's place.
struct MadeOf {
    how: How,
    members: Vec<MemberSeat>,
}

/// How several judges come to one verdict.
enum How {
    Jury(JuryOptions),
    /// With the thresholds that labels gave, where it names some.
    Cascade(Option<Thresholds>),
}

struct MemberSeat {
    name: String,
    spec: Spec,
    own: OwnSettings,
    accuracy: Option<f64>,
    threshold: Option<f64>,
}

/// The seats of a suite: its own judge's first.
pub(super) fn seats(file: &SuiteFile, config: &Config) -> Result<Vec<Seat>> {
    let mut seats = Vec::new();
    if let Some(signature) = &file.signature {
        let spec = signatures::find(signature, config)?;
        let seat = Seat {
            name: spec.name.clone(),
            weight: file.weight.unwrap_or(1.0),
            required: false,
            aggregation: file.aggregation,
            own: OwnSettings::default(),
            made_of: made_of(
                (file.jury.as_ref(), file.cascade.as_ref()),
                &spec,
                &OwnSettings::default(),
                config,
            )?,
            spec,
            route: None,
        };
        seats.push(seat.routed(file, config)?);
    }
    for (name, judge) in &file.judges {
        let (spec, own) = (signatures::find(&judge.signature, config)?, OwnSettings::from(judge));
        let seat = Seat {
            name: name.clone(),
            weight: judge.weight.unwrap_or(1.0),
            required: judge.required,
            aggregation: judge.aggregation,
            made_of: made_of((judge.jury.as_ref(), judge.cascade.as_ref()), &spec, &own, config)?,
            own,
            spec,
            route: None,
        };
        seats.push(seat.routed(file, config)?);
    }
    Ok(seats)
}

fn made_of(
    (jury, cascade): (Option<&JuryTable>, Option<&CascadeTable>),
    spec: &Spec,
    own: &OwnSettings,
    config: &Config,
) -> Result<Option<MadeOf>> {
    let numbers = matches!(spec.scale.as_ref().map(|scale| &scale.kind), Some(ScaleKind::Numeric { .. }));
    let usual = if numbers { JuryRule::Median } else { JuryRule::Majority };
    let (how, members) = match (jury, cascade) {
        (Some(jury), _) => {
            let rule = jury.rule.unwrap_or(usual);
            let options = JuryOptions { rule, quorum: jury.quorum, stops_early: jury.early_stop };
            (How::Jury(options), &jury.members)
        }
        (None, Some(cascade)) => {
            let names = || cascade.stages.iter().map(|stage| stage.name.as_str());
            let thresholds = cascade.calibration.as_ref();
            (
                How::Cascade(thresholds.map(|path| Thresholds::open(config.path(path), names()))),
                &cascade.stages,
            )
        }
        (None, None) => return Ok(None),
    };
    let member = |member: &MemberTable| {
        let spec = match &member.signature {
            Some(signature) => signatures::find(signature, config)?,
            None => spec.clone(),
        };
        let MemberTable { name, accuracy, threshold, .. } = member;
        let own = OwnSettings::from(member).or(own);
        Ok(MemberSeat { name: name.clone(), spec, own, accuracy: *accuracy, threshold: *threshold })
    };
    let members = members.iter().map(member).collect::<Result<Vec<MemberSeat>>>()?;
    Ok(Some(MadeOf { how, members }))
}

impl Seat {
    /// The same, with its route where its model is one.
    fn routed(self, file: &SuiteFile, config: &Config) -> Result<Self> {
        let Self { name, spec, own, .. } = &self;
        let model = self.own_model(file, config).filter(|_| self.made_of.is_none());
        let route = RouteSeat::of(name, spec, own, model, config)?;
        Ok(Self { route, ..self })
    }

    /// Whether rules choose its model.
    pub(super) fn is_routed(&self) -> bool {
        self.route.is_some()
    }

    /// The name of the rules.
    pub(super) fn route_name(&self) -> Option<&str> {
        self.route.as_ref().map(RouteSeat::name)
    }

    /// The model or the route that it asks by where no command line says otherwise.
    pub(super) fn own_model<'s>(&'s self, file: &'s SuiteFile, config: &'s Config) -> Option<&'s str> {
        let own = self.own.model.as_ref().or(file.model.as_ref());
        own.or(config.file.default_model.as_ref()).map(String::as_str)
    }

    /// Asks this model, or by this route, whatever it says itself.
    ///
    /// # Errors
    /// It is a jury or a cascade, and this is a route; or the route has no rule for it.
    pub(super) fn ask(&mut self, model: &str, config: &Config) -> Result<()> {
        if self.made_of.is_some() && config.file.routes.contains_key(model) {
            let (name, what) = (&self.name, if self.is_cascade() { "cascade" } else { "jury" });
            let detail = format!("`{model}` is a route, and judge `{name}` is a {what}");
            return Err(Error::new(ErrorKind::Usage, detail)
                .help("name a role of [models], or PROVIDER/NAME; or another judge's route: --judge-model JUDGE=ROUTE"));
        }
        self.route = RouteSeat::of(&self.name, &self.spec, &self.own, Some(model), config)?;
        Ok(())
    }

    /// Who is asked.
    pub(super) fn asked(&self) -> Vec<AskedSeat<'_>> {
        let Self { spec, aggregation, made_of, route, .. } = self;
        let aggregation = *aggregation;
        match (made_of, route) {
            (None, None) => vec![self.alone()],
            (None, Some(route)) => route.asked(spec, aggregation),
            (Some(made_of), _) => made_of
                .asked()
                .map(|MemberSeat { name, spec, own, .. }| AskedSeat { name, spec, aggregation, own })
                .collect(),
        }
    }

    /// The judge as one that is asked by itself, whatever it is made of.
    pub(super) fn alone(&self) -> AskedSeat<'_> {
        let Self { name, spec, aggregation, own, .. } = self;
        AskedSeat { name, spec, aggregation: *aggregation, own }
    }

    /// Changes what each is asked, the judge itself included.
    pub(super) fn respecify(&mut self, change: &impl Fn(&mut Spec)) {
        change(&mut self.spec);
        self.made_of
            .iter_mut()
            .flat_map(|made_of| &mut made_of.members)
            .for_each(|seat| change(&mut seat.spec));
    }

    /// Leaves it to the suite how all that are asked here ask.
    pub(super) fn forget_strategy(&mut self) {
        self.own.strategy = None;
        for member in self.made_of.iter_mut().flat_map(|made_of| &mut made_of.members) {
            member.own.strategy = None;
        }
        if let Some(route) = &mut self.route {
            route.forget_strategy();
        }
    }

    /// The judge, of those who are asked.
    pub(super) fn judge(&self, mut judges: Vec<Judge>) -> Result<Option<Judge>> {
        let made_of = match (&self.made_of, &self.route) {
            (Some(made_of), _) => made_of,
            (None, Some(route)) => return route.judge(&self.spec, judges).map(Some),
            (None, None) => return Ok(judges.pop()),
        };
        let members = made_of.asked().zip(judges).map(|(seat, judge)| {
            let MemberSeat { name, accuracy, threshold, .. } = seat;
            (JuryMember { name: name.clone(), judge, accuracy: *accuracy }, *threshold)
        });
        match &made_of.how {
            How::Jury(options) => {
                Judge::jury(self.spec.clone(), members.map(|(member, _)| member).collect(), *options)
            }
            How::Cascade(None) => Judge::cascade(self.spec.clone(), members.collect()),
            How::Cascade(Some(thresholds)) => {
                let file = thresholds.file()?;
                let stored = |(member, _): (JuryMember, _)| {
                    let threshold = file.threshold(&member.name);
                    (member, threshold)
                };
                let judge = Judge::cascade(self.spec.clone(), members.map(stored).collect())?;
                Ok(judge.promising(file.promise))
            }
        }
        .map(Some)
    }

    /// Whether it is a cascade.
    pub(super) fn is_cascade(&self) -> bool {
        matches!(&self.made_of, Some(MadeOf { how: How::Cascade(_), .. }))
    }

    /// The thresholds that labels gave, where it is a cascade that names some.
    pub(super) fn thresholds(&self) -> Option<&Thresholds> {
        match &self.made_of.as_ref()?.how {
            How::Cascade(thresholds) => thresholds.as_ref(),
            How::Jury(_) => None,
        }
    }

    /// Leaves a cascade with the thresholds that its stages say themselves.
    pub(super) fn forget_thresholds(&mut self) {
        if let Some(MadeOf { how: How::Cascade(thresholds), .. }) = &mut self.made_of {
            *thresholds = None;
        }
    }

    /// Has every stage of a cascade asked about every record: they vote, and one that fails is a missing vote.
    pub(super) fn ask_every_stage(&mut self) {
        if let Some(made_of) = self.made_of.as_mut().filter(|made_of| matches!(made_of.how, How::Cascade(_)))
        {
            let options = JuryOptions { rule: JuryRule::Majority, quorum: Some(1), stops_early: false };
            made_of.how = How::Jury(options);
        }
    }
}

impl MadeOf {
    /// Those who are asked: not a stage for which no threshold holds.
    fn asked(&self) -> impl Iterator<Item = &MemberSeat> {
        let file = match &self.how {
            How::Cascade(Some(thresholds)) => thresholds.file().ok(),
            _ => None,
        };
        self.members
            .iter()
            .filter(move |member| file.is_none_or(|file| file.threshold(&member.name).is_some()))
    }
}
